# METADATA
# title: Owners
package lib.owner

# Whether a controller made the object: at most one owner reference says so.
controlled if {
	some reference in input.request.object.metadata.ownerReferences
	reference.controller == true
}
