/**
 * `node certs/development.ts` makes the certificates of `npm start` in `certs/dev`; see README.md beside it.
 */
import { fileURLToPath } from "node:url";
import { ensureDevelopmentCertificates } from "./development-certificates.ts";

const folder = fileURLToPath(new URL("dev", import.meta.url));
const made = await ensureDevelopmentCertificates(folder, new Date());
process.stderr.write(`certs/dev: CA ${made.authority}, server certificate ${made.server}\n`);
