# METADATA
# scope: package
# title: Maximum size of a container
# description: |
#   No container is larger than what a node can hold, or than what one team may take.
#
#   Restricted fields: `resources` of `spec.containers[*]` and `spec.initContainers[*]`
#
#   Allowed values: at most the quantities in the parameters, compared exactly (`0.5` is `500m`). What is not set passes
#   here and is asked for by `resources/requests-and-limits`; a request that is not set is the limit.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
#     description: Resource management for Pods and containers
# custom:
#   severity: medium
#   category: Resources
#   enforcement: warn
#   match:
#     resources:
#       - pods
#       - pods/resize
#       - podtemplates
#       - replicationcontrollers
#       - replicasets.apps
#       - deployments.apps
#       - daemonsets.apps
#       - statefulsets.apps
#       - jobs.batch
#       - cronjobs.batch
#     operations: [CREATE, UPDATE]
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       requests:
#         description: The largest request by resource, each a quantity such as 500m or 2Gi.
#         type: object
#         additionalProperties: {type: [string, number]}
#         default: {cpu: "4", memory: 16Gi}
#       limits:
#         description: The largest limit by resource, each a quantity such as 500m or 2Gi.
#         type: object
#         additionalProperties: {type: [string, number]}
#         default: {cpu: "8", memory: 32Gi}
#   remediation: Lower the value, or run more and smaller replicas.
package resources.container_maximum

import data.lib.field as field_path
import data.lib.pod
import data.lib.quantity
import data.lib.resources

deny contains {"msg": msg, "field": field} if {
	some list, containers in resources.containers
	some i, container in containers
	some section, names in maxima
	some name, maximum in names
	value := resources.effective(container, section, name)
	quantity.nano(value) > maximum
	what := $"{pod.describe(list, container)} has a {resources.noun(section, name)} of {value}"
	msg := $"{what}{origin(container, section, name)}, above the maximum of {input.parameters[section][name]}"
	field := value_field(list, i, section, name)
}

deny contains {"msg": msg, "field": field, "remediation": "Write a quantity such as 500m, 2 or 1Gi."} if {
	some list, containers in resources.containers
	some i, container in containers
	some section, names in maxima
	some name, _ in names
	value := resources.effective(container, section, name)
	not quantity.nano(value)
	msg := $"{pod.describe(list, container)} has a {resources.noun(section, name)} of {value}, which is no quantity"
	field := value_field(list, i, section, name)
}

# A maximum that cannot be read must not let every value pass.
deny contains {"msg": msg, "remediation": "Correct the quantity in the PolicyBinding."} if {
	pod.spec
	some section, names in input.parameters
	some name, maximum in names
	not quantity.nano(maximum)
	msg := $"no {resources.noun(section, name)} can be checked: the parameter {maximum} is no quantity"
}

origin(container, section, name) := "" if resources.declared(container, section, name) != null

# A request that nobody wrote needs an explanation.
origin(container, section, name) := " (its limit)" if resources.declared(container, section, name) == null

# Parsed once, not once for each container.
maxima[section][name] := quantity.nano(maximum) if {
	some section, names in input.parameters
	some name, maximum in names
}

value_field(list, i, section, name) := pod.container_field(list, i, field_path.join($"resources.{section}", name))
