# METADATA
# title: Requests and limits of containers
package lib.resources

import data.lib.pod

# METADATA
# scope: document
# title: The container lists that can have resources
# description: |
#   By their name, without ephemeral containers: the API server refuses requests and limits for them. Empty where `pod.spec`
#   is undefined.
# custom:
#   example: |
#     pod := {"kind": "Pod", "spec": {"containers": [{"name": "web"}], "ephemeralContainers": [{"name": "debug"}]}}
#     lists := resources.containers with input as {"request": {"operation": "CREATE", "object": pod}}
#     lists == {"containers": [{"name": "web"}]}
containers[list] := pod.containers[list] if {
	some list in ["initContainers", "containers"]
}

# METADATA
# scope: document
# title: What applies to a container
# description: |
#   Or to a pod spec that has resources of its own: section is `requests` or `limits`, name that of a resource such as
#   `memory`. The API server takes the limit where there is no request. Undefined if neither is set.
# custom:
#   example: |
#     resources.effective({"resources": {"limits": {"cpu": "2"}}}, "requests", "cpu") == "2"
#     not resources.effective({"resources": {"requests": {"cpu": "1"}}}, "limits", "cpu")
effective(container, section, name) := value if {
	value := container.resources[section][name]
	value != null
}

effective(container, "requests", name) := limit if {
	declared(container, "requests", name) == null
	limit := container.resources.limits[name]
	limit != null
}

# METADATA
# scope: rule
# title: What a container says itself
# description: |
#   The same without the limit in the place of the request; null if it says nothing.
# custom:
#   example: |
#     resources.declared({"resources": {"limits": {"cpu": "2"}}}, "limits", "cpu") == "2"
#     resources.declared({"resources": {"limits": {"cpu": "2"}}}, "requests", "cpu") == null
declared(container, section, name) := object.get(container, ["resources", section, name], null)

# METADATA
# scope: rule
# title: The words for it in messages
# custom:
#   example: |
#     resources.noun("limits", "memory") == "memory limit"
noun(section, name) := $"{name} {trim_suffix(section, "s")}"
