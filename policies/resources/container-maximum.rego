# METADATA
# scope: package
# title: Maximum size of a container
# description: |
#   No container is larger than what a node can hold, or than what one team may take.
#
#   Restricted fields: `resources` of `spec.containers[*]` and `spec.initContainers[*]`, `spec.resources`
#
#   Allowed values: at most the quantities in the parameters, compared exactly (`0.5` is `500m`). What is not set passes
#   here and is asked for by `resources/requests-and-limits`; a request that is not set is the limit. What the whole Pod
#   has in `spec.resources` may be more than the maximum only if every container has a value of its own: one that has
#   none can take all of it.
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
	some bound in bounds
	value := resources.effective(container, bound.section, bound.name)
	nano[value] > nano[bound.maximum]
	what := nouns[bound.section][bound.name]
	who := pod.describe(list, container)
	msg := $"{who} has a {what} of {value}{origin(container, bound)}, above the maximum of {bound.maximum}"
	field := pod.container_field(list, i, paths[bound.section][bound.name])
}

deny contains {"msg": msg, "field": field, "remediation": quantity_remediation} if {
	some list, containers in resources.containers
	some i, container in containers
	some bound in bounds
	value := resources.effective(container, bound.section, bound.name)
	not nano[value]
	msg := no_quantity(pod.describe(list, container), value, bound)
	field := pod.container_field(list, i, paths[bound.section][bound.name])
}

deny contains {"msg": msg, "field": field, "remediation": remediation} if {
	some bound in bounds
	value := resources.effective(pod.spec, bound.section, bound.name)
	nano[value] > nano[bound.maximum]
	shared(bound)
	what := $"{nouns[bound.section][bound.name]} of {value}{origin(pod.spec, bound)}"
	msg := $"the Pod has a {what} for containers without their own, above the maximum of {bound.maximum}"
	field := $"{pod.field}.{paths[bound.section][bound.name]}"
	remediation := "Set the value in each container, or lower the Pod's."
}

deny contains {"msg": msg, "field": field, "remediation": quantity_remediation} if {
	some bound in bounds
	value := resources.effective(pod.spec, bound.section, bound.name)
	not nano[value]
	msg := no_quantity("the Pod", value, bound)
	field := $"{pod.field}.{paths[bound.section][bound.name]}"
}

# A maximum that cannot be read must not let every value pass.
deny contains {"msg": msg, "remediation": "Correct the quantity in the PolicyBinding."} if {
	pod.spec
	some bound in bounds
	not nano[bound.maximum]
	noun := nouns[bound.section][bound.name]
	msg := $"no {noun} can be checked: the parameter {bound.maximum} is no quantity"
}

bounds := [{"section": section, "name": name, "maximum": maximum} |
	some section, names in input.parameters
	some name, maximum in names
]

# Each quantity is read once, however many containers have it: WebAssembly keeps the value of a rule, not of a function.
nano := {value: quantity.nano(value) | some value in values}

values contains bound.maximum if some bound in bounds

values contains value if {
	some containers in resources.containers
	some container in containers
	some bound in bounds
	value := resources.effective(container, bound.section, bound.name)
}

values contains value if {
	some bound in bounds
	value := resources.effective(pod.spec, bound.section, bound.name)
}

# Whether what the whole Pod has is there for one container, because nothing of its own bounds that container.
shared(bound) if {
	resources.declared(pod.spec, bound.section, bound.name) != null
	some containers in resources.containers
	some container in containers
	not resources.effective(container, bound.section, bound.name)
}

# The API server takes the Pod's limit as its request only if no container has a request.
shared(bound) if not requested(bound.name)

requested(name) if {
	some containers in resources.containers
	some container in containers
	resources.effective(container, "requests", name)
}

# A request that nobody wrote needs an explanation.
origin(holder, bound) := " (its limit)" if resources.declared(holder, bound.section, bound.name) == null

origin(holder, bound) := "" if resources.declared(holder, bound.section, bound.name) != null

no_quantity(who, value, bound) := $"{who} has a {nouns[bound.section][bound.name]} of {value}, which is no quantity"

# What violations say, made once and only if there are any.
nouns[bound.section][bound.name] := resources.noun(bound.section, bound.name) if some bound in bounds

paths[bound.section][bound.name] := field_path.join($"resources.{bound.section}", bound.name) if some bound in bounds

quantity_remediation := "Write a quantity such as 500m, 2 or 1Gi."
