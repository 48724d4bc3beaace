// Says in one sentence what to do when Node.js is too old or nothing is installed yet; loaded before anything else, so it
// is JavaScript that any Node.js since 12 can read. `node node-version.mjs npm` checks what npm needs to install the
// rest, and `node node-version.mjs` what that has brought.
const asked = process.argv[1] && process.argv[1].endsWith("node-version.mjs");
const installing = asked && process.argv[2] === "npm";
const needed = installing ? [20, 0] : [22, 18];
const found = process.versions.node.split(".").map(Number);

if (found[0] < needed[0] || (found[0] === needed[0] && found[1] < needed[1])) {
  const reason = installing
    ? "npm needs Node.js 20 or later to install the packages"
    : "Portcullis runs on Node.js 22.18 or later, and no Node.js 24 package is installed for this platform";
  end(
    `${reason}; this is ${process.version} (${process.execPath}). ` +
      (asked ? "Install" : "Run `make install`; if it brings none, install") +
      " Node.js 24 (https://nodejs.org), put it first on the PATH and try again.",
  );
}
if (!asked && !isInstalled())
  end("The packages of Portcullis are not installed. Run `make install`, and try again.");

function isInstalled() {
  try {
    return import.meta.resolve("commander") !== "";
  } catch {
    return false;
  }
}

function end(message) {
  process.stderr.write(`error: ${message}\n`);
  process.exit(2);
}
