/** What decisions need of a cluster. */
export const WATCHED_RESOURCES = ["namespaces", "policybindings"] as const;
export type WatchedResource = (typeof WATCHED_RESOURCES)[number];

/** Everything that the server may follow; also the label values of `portcullis_cluster_watch_failures_total{resource}`. */
export const FOLLOWED_RESOURCES = [...WATCHED_RESOURCES, "secrets"] as const;
export type FollowedName = (typeof FOLLOWED_RESOURCES)[number];
