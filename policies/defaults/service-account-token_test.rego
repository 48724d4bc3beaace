package defaults.service_account_token_test

import data.defaults.service_account_token
import data.lib.patch_test
import data.lib.review_test as review

templates := {kind | some kind in object.keys(review.kinds); kind != "Pod"}

off(pointer) := {{"op": "default", "path": $"{pointer}/automountServiceAccountToken", "value": false}}

account(token) := {"kind": "ServiceAccount", "automountServiceAccountToken": token}

owned(new, owner) := object.union(
	new,
	{"metadata": {"ownerReferences": [object.union({"controller": true}, owner)]}},
)

test_templates_and_service_accounts_mount_no_token if {
	every kind in templates {
		pointer := $"/{replace(review.kinds[kind], ".", "/")}"
		every spec in [{}, {"automountServiceAccountToken": null}] {
			service_account_token.patch == off(pointer) with input as review.create(review.workload(kind, spec))
		}
	}
	service_account_token.patch == off("") with input as review.create({"kind": "ServiceAccount"})
	service_account_token.patch == off("") with input as review.create(account(null))
}

test_what_is_said_stays if {
	every token in [true, false] {
		every kind in templates {
			object := review.workload(kind, {"automountServiceAccountToken": token})
			service_account_token.patch == set() with input as review.create(object)
		}
		service_account_token.patch == set() with input as review.create(account(token))
	}
}

test_once_set_nothing_more_is_said if {
	every object in [review.workload("Deployment", {}), {"kind": "ServiceAccount"}] {
		patches := service_account_token.patch with input as review.create(object)
		patched := patch_test.applied(object, patches)
		patched != object
		service_account_token.patch == set() with input as review.create(patched)
	}
}

test_pods_are_left_alone if {
	service_account_token.patch == set() with input as review.pod_with({})
}

test_an_update_sets_nothing if {
	every kind in templates {
		updated := review.update(review.workload(kind, {"hostname": "new"}), review.workload(kind, {}))
		service_account_token.patch == set() with input as updated
	}
	service_account_token.patch == set() with input as review.update({"kind": "ServiceAccount"}, account(true))
}

test_what_a_controller_made_is_left_alone if {
	shop := {"apiVersion": "example.com/v1", "kind": "Shop"}
	every object in [review.workload("Deployment", {}), {"kind": "ServiceAccount"}] {
		service_account_token.patch == set() with input as review.create(owned(object, shop))
	}
}
