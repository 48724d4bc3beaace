# METADATA
# title: Requests and limits of containers
package lib.resources

import data.lib.pod

# Without ephemeral containers, for which the API server refuses requests and limits.
containers[list] := pod.containers[list] if {
	some list in ["initContainers", "containers"]
}

# What applies to a container (or to a Pod that has resources of its own): section is `requests` or `limits`, name that
# of a resource such as `memory`. The API server takes the limit where there is no request. Undefined if neither is set.
effective(container, section, name) := value if {
	value := container.resources[section][name]
	value != null
}

effective(container, "requests", name) := limit if {
	declared(container, "requests", name) == null
	limit := container.resources.limits[name]
	limit != null
}

declared(container, section, name) := object.get(container, ["resources", section, name], null)

# For messages: `memory limit`.
noun(section, name) := $"{name} {trim_suffix(section, "s")}"
