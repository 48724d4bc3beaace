/** What the server follows of a cluster; also the label values of `portcullis_cluster_watch_failures_total{resource}`. */
export const WATCHED_RESOURCES = ["namespaces", "policybindings"] as const;
export type WatchedResource = (typeof WATCHED_RESOURCES)[number];
