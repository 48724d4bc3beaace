package lib.owner_test

import data.lib.owner
import data.lib.review_test as review

object_with(references) := review.create({"kind": "Pod", "metadata": {"ownerReferences": references}})

test_an_object_with_a_controller_is_controlled if {
	owner.controlled with input as object_with([{"kind": "Node"}, {"kind": "ReplicaSet", "controller": true}])
}

test_other_owners_do_not_control if {
	every references in [null, [], "web", [{"kind": "Node"}], [{"controller": false}], [{"controller": null}]] {
		not owner.controlled with input as object_with(references)
	}
	not owner.controlled with input as review.create({"kind": "Pod"})
}
