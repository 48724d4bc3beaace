# METADATA
# scope: package
# title: Containers set requests and limits
# description: |
#   The scheduler places Pods by their requests, and a container without a memory limit can take the memory of the whole
#   node. CPU limits are not asked for by default: they slow containers down without protecting others.
#
#   Restricted fields: `resources` of `spec.containers[*]` and `spec.initContainers[*]`
#
#   Allowed values: each resource that the parameters name is set, in the container or for the whole Pod in
#   `spec.resources`. A limit counts as a request too, because the API server fills in the request from it.
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
#         description: Resources for which every container must have a request.
#         type: array
#         items: {type: string}
#         default: [cpu, memory]
#       limits:
#         description: Resources for which every container must have a limit.
#         type: array
#         items: {type: string}
#         default: [memory]
#   remediation: Set the missing value under resources of the container.
package resources.requests_and_limits

import data.lib.field as field_path
import data.lib.pod
import data.lib.resources

deny contains {"msg": msg, "field": field} if {
	some section, names in input.parameters
	some name in names
	not resources.effective(pod.spec, section, name)
	some list, containers in resources.containers
	some i, container in containers
	not resources.effective(container, section, name)
	msg := $"{pod.describe(list, container)} has no {nouns[section][name]}"
	field := pod.container_field(list, i, paths[section][name])
}

# What violations say, made once and only if there are any.
nouns[section][name] := resources.noun(section, name) if {
	some section, names in input.parameters
	some name in names
}

paths[section][name] := field_path.join($"resources.{section}", name) if {
	some section, names in input.parameters
	some name in names
}
