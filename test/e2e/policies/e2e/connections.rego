# METADATA
# scope: package
# title: Connections to Pods
# custom:
#   enforcement: deny
#   match:
#     resources: [pods/attach, pods/portforward]
#     operations: [CONNECT]
package e2e.connections

deny contains {"msg": $"nobody may connect to {input.request.name} with {input.request.kind.kind}"}
