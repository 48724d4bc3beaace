import manifest from "../../package.json" with { type: "json" };

/** The overlay for kind; it never asks a registry for the image. */
export const OVERLAY = "manifests/overlays/kind";

/** Under which name the overlay finds the image on the nodes. */
export const IMAGE = `portcullis:${manifest.version}`;
