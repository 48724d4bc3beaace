// Says in one sentence what to do when Node.js is too old; loaded before anything else, so it is JavaScript that any
// Node.js since 12 can read. `node node-version.mjs npm` checks what npm needs to install the rest.
const installing = process.argv[1]?.endsWith("node-version.mjs") && process.argv[2] === "npm";
const needed = installing ? [20, 0] : [22, 18];
const found = process.versions.node.split(".").map(Number);

if (found[0] < needed[0] || (found[0] === needed[0] && found[1] < needed[1])) {
  const reason = installing
    ? "npm needs Node.js 20 or later to install the packages"
    : "Portcullis runs on Node.js 22.18 or later, and no Node.js 24 package was installed for this platform";
  process.stderr.write(
    "error: " +
      reason +
      "; this is " +
      process.version +
      " (" +
      process.execPath +
      "). " +
      "Install Node.js 24 (https://nodejs.org), put it first on the PATH and try again.\n",
  );
  process.exit(2);
}
