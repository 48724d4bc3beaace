# METADATA
# title: What a patch may write to
# description: |
#   A Pod can be completed while it is created, hardly afterwards. A pod template can be completed whenever it is
#   written, unless a controller made its object: a Deployment takes a ReplicaSet with another template than its own for
#   an old one and makes a new one, without end. Of a Job's template the API server lets hardly anything be changed later.
package lib.writable

import data.lib.owner
import data.lib.pod

# The pod spec, where a patch may write to it.
spec := pod.spec if {
	input.request.object.kind == "Pod"
	input.request.operation == "CREATE"
}

spec := pod.spec if template

# Whether the object holds a pod template that people write.
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

# The pod spec's path as a JSON pointer, for example `/spec/template/spec`.
pointer := $"/{concat("/", pod.path)}"

# A key as a part of a JSON pointer (RFC 6901): `example.com/team` gives `example.com~1team`.
token(key) := replace(replace(key, "~", "~0"), "/", "~1")

# Whether members can be put into a value, or in its place where it is absent; the API server refuses anything else.
takes_members(null)

takes_members(value) if is_object(value)

takes_items(null)

takes_items(value) if is_array(value)
