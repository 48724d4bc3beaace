# What holds for every policy of every pack.
package lib.packs_test

import data.lib.review_test as review

# Every policy with parameters like those of its METADATA.
parameters := {
	"pod_security": {
		"capabilities": {},
		"host_namespaces": {},
		"host_path_volumes": {},
		"host_ports": {},
		"privilege_escalation": {},
		"privileged": {},
		"run_as_non_root": {},
		"seccomp": {},
		"volume_types": {},
	},
	"labels": {"required": {
		"labels": [{"key": "team", "pattern": "[a-z]+"}],
		"namespaceLabels": [{"key": "team"}],
	}},
	"resources": {
		"container_maximum": {"requests": {"cpu": "4"}, "limits": {"cpu": "8", "memory": "32Gi"}},
		"maximum_replicas": {"maximum": 20},
		"requests_and_limits": {"requests": ["cpu", "memory"], "limits": ["memory"]},
	},
}

# What each policy finds.
findings(request) := {$"{pack}/{name}": found |
	some pack, policies in parameters
	some name, given in policies
	found := data[pack][name].deny with input as object.union(request, {"parameters": given})
}

# The policies that find something.
complaints(request) := {policy |
	some policy, found in findings(request)
	count(found) > 0
}

bad_spec := {
	"hostNetwork": true,
	"securityContext": {"runAsNonRoot": false},
	"volumes": [{"name": "root", "hostPath": {"path": "/"}}],
	"containers": [{
		"name": "web",
		"ports": [{"containerPort": 80, "hostPort": 80}],
		"resources": {"limits": {"cpu": "64"}},
		"securityContext": {
			"privileged": true,
			"seccompProfile": {"type": "Unconfined"},
			"capabilities": {"add": ["SYS_ADMIN"]},
		},
	}],
}

bad := object.union(review.workload("Pod", bad_spec), {"metadata": {"labels": {}}})

test_every_policy_of_the_packs_is_listed_here if {
	every pack, policies in parameters {
		{name | data[pack][name].deny} == object.keys(policies) with input as review.create({})
	}
}

test_a_bad_pod_violates_every_policy_for_pods if {
	found := findings(review.create(bad))
	count(found) == 13
	{policy | some policy, nothing in found; nothing == set()} == {"resources/maximum_replicas"}
}

test_a_compliant_pod_violates_nothing if {
	spec := {
		"securityContext": {"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}},
		"containers": [{
			"name": "web",
			"resources": {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"memory": "64Mi"}},
			"securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}},
		}],
	}
	compliant := object.union(review.workload("Pod", spec), {"metadata": {"labels": {"team": "web"}}})
	complaints(review.create(compliant)) == set()
}

# A part of a message that is undefined would read `<undefined>`.
test_every_violation_says_what_and_where if {
	every found in findings(review.create(bad)) {
		every violation in found {
			is_string(violation.field)
			not contains(concat(" ", [violation.field, violation.msg]), "<undefined>")
		}
	}
}

test_an_object_that_is_deleted_violates_nothing if {
	deletion := {"request": {"operation": "DELETE", "object": null, "oldObject": bad}}
	complaints(deletion) == set()
}

# A label, a finalizer: an object that is older than the policies stays usable.
test_an_update_elsewhere_does_not_read_the_pod_spec_again if {
	new := object.union(bad, {"metadata": {"labels": {"team": "web"}}})
	complaints(review.update(new, bad)) == set()
}

# The API server refuses such objects, a file may hold them. A conflict between rules would be an error of the test.
test_no_policy_breaks_on_wrong_types if {
	every wrong in [null, true, 0, "text", [], {}, [null, 1, "text", [], {}], {"a": null}, {"a": {"b": 1}}] {
		every spec in [
			wrong,
			{"containers": wrong, "initContainers": wrong, "ephemeralContainers": wrong, "volumes": wrong},
			{"securityContext": wrong, "os": wrong, "hostUsers": wrong, "hostNetwork": wrong, "resources": wrong},
			{"containers": [{"name": wrong, "securityContext": wrong, "ports": wrong, "resources": wrong}]},
			{"containers": [{"securityContext": {"capabilities": wrong, "seccompProfile": wrong, "privileged": wrong}}]},
			{"containers": [{"securityContext": {"capabilities": {"add": wrong}, "runAsUser": wrong}}]},
			{"containers": [{"ports": [wrong, {"hostPort": wrong}], "resources": {"limits": wrong, "requests": wrong}}]},
			{"containers": [{"resources": {"limits": {"cpu": wrong}, "requests": {"memory": wrong}}}]},
			{"volumes": [wrong, {"name": wrong, "hostPath": wrong}]},
		] {
			broken := object.union(review.workload("Pod", spec), {"metadata": wrong})
			count(findings(review.create(broken))) == 13
		}
	}
}
