/** Loaded into a program before its own modules (`node --import`): its computer has the name of its Pod, as a container has. */
import { syncBuiltinESMExports } from "node:module";
import os from "node:os";

Object.assign(os, { hostname: () => process.env["HOSTNAME"] });
syncBuiltinESMExports();
