# METADATA
# title: What a patch may write to
# description: |
#   A Pod can be completed while it is created, hardly afterwards. A pod template can be completed whenever it is
#   written, unless a controller made its object: a Deployment takes a ReplicaSet with another template than its own for
#   an old one and makes a new one, without end. Of a Job's template the API server lets hardly anything be changed later.
package lib.writable

import data.lib.owner
import data.lib.pod

# METADATA
# scope: document
# title: The pod spec, where a patch may write to it
# description: |
#   Of a Pod while it is created, and of a pod template that people write. Undefined otherwise, and for an UPDATE that
#   leaves the pod spec as it was.
# custom:
#   example: |
#     deployment := {"kind": "Deployment", "spec": {"template": {"spec": {"hostname": "web"}}}}
#     writable.spec == {"hostname": "web"} with input as {"request": {"operation": "CREATE", "object": deployment}}
spec := pod.spec if {
	input.request.object.kind == "Pod"
	input.request.operation == "CREATE"
}

spec := pod.spec if template

# METADATA
# scope: document
# title: Whether the object holds a pod template that people write
# description: |
#   Undefined otherwise.
# custom:
#   example: |
#     deployment := {"kind": "Deployment", "spec": {"template": {"spec": {"hostname": "web"}}}}
#     writable.template with input as {"request": {"operation": "CREATE", "object": deployment}}
template if {
	pod.path
	not input.request.object.kind in {"Pod", "Job"}
	not owner.controlled
}

template if {
	input.request.object.kind == "Job"
	input.request.operation == "CREATE"
	not owner.controlled
}

# METADATA
# scope: rule
# title: Where the pod spec is, as a JSON pointer
# description: |
#   Undefined for kinds that hold none.
# custom:
#   example: |
#     deployment := {"kind": "Deployment", "spec": {"template": {"spec": {"hostname": "web"}}}}
#     writable.pointer == "/spec/template/spec" with input as {"request": {"operation": "CREATE", "object": deployment}}
pointer := $"/{concat("/", pod.path)}"

# METADATA
# scope: rule
# title: A key as a part of a JSON pointer
# description: |
#   As RFC 6901 escapes it.
# custom:
#   example: |
#     writable.token("example.com/team") == "example.com~1team"
token(key) := replace(replace(key, "~", "~0"), "/", "~1")

# METADATA
# scope: rule
# title: Where something in a container is, as a JSON pointer
# description: Undefined for kinds that hold no pod spec.
# custom:
#   example: |
#     pointer := writable.container_pointer("containers", 0, "image") with input.request.object.kind as "Deployment"
#     pointer == "/spec/template/spec/containers/0/image"
container_pointer(list, index, rest) := $"{pointer}/{list}/{index}/{rest}"

# METADATA
# scope: document
# title: Whether members can be put into a value
# description: |
#   Into an object, or in the place of null: what is absent. Undefined for anything else, which the API server refuses.
# custom:
#   example: |
#     writable.takes_members({"app": "web"})
#     writable.takes_members(null)
#     not writable.takes_members("web")
takes_members(null)

takes_members(value) if is_object(value)

# METADATA
# scope: document
# title: Whether items can be put into a value
# description: |
#   Into a list, or in the place of null: what is absent. Undefined for anything else, which the API server refuses.
# custom:
#   example: |
#     writable.takes_items(["web"])
#     writable.takes_items(null)
#     not writable.takes_items("web")
takes_items(null)

takes_items(value) if is_array(value)
