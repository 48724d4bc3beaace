# What holds for every policy of every pack.
package lib.packs_test

import data.lib.patch_test
import data.lib.review_test as review

# Every policy with parameters like those of its METADATA.
parameters := {
	"pod_security": {
		"app_armor": {},
		"capabilities": {},
		"capabilities_restricted": {},
		"host_namespaces": {},
		"host_path_volumes": {},
		"host_ports": {},
		"host_probes": {},
		"privilege_escalation": {},
		"privileged": {},
		"proc_mount": {},
		"proc_mount_restricted": {},
		"run_as_non_root": {},
		"run_as_user": {},
		"seccomp": {},
		"seccomp_restricted": {},
		"selinux_options": {},
		"sysctls": {},
		"volume_types": {},
		"windows_host_process": {},
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
	"images": {
		"allowed_registries": {"registries": ["registry.example.com"]},
		"pull_policy": {"policy": "Always", "overwrite": ["IfNotPresent", "Never"]},
		"tag": {"digest": false},
	},
	"defaults": {
		"owner_labels": {"labels": ["team"]},
		"resource_requests": {"requests": {"cpu": "100m", "memory": "128Mi"}},
		"seccomp": {},
		"service_account_token": {},
	},
	"sidecars": {"container": {
		"label": {"key": "inject", "value": "true"},
		"container": {"name": "shipper", "image": "registry.example.com/shipper:1"},
		"native": true,
		"volumes": [{"name": "logs", "emptyDir": {}}],
		"environment": [{"name": "LOG_DIR", "value": "/logs"}],
		"volumeMounts": [{"name": "logs", "mountPath": "/logs"}],
	}},
}

namespace := {"metadata": {"name": "shop", "labels": {"team": "web"}}}

# What a policy is asked with.
asked(request, given) := object.union(request, {"parameters": given, "namespaceObject": namespace})

# What each policy finds.
findings(request) := {$"{pack}/{name}": found |
	some pack, policies in parameters
	some name, given in policies
	found := data[pack][name].deny with input as asked(request, given)
}

# What each policy sets.
patches(request) := {$"{pack}/{name}": patch |
	some pack, policies in parameters
	some name, given in policies
	patch := data[pack][name].patch with input as asked(request, given)
}

# The policies that set something.
patching(request) := {policy |
	some policy, patch in patches(request)
	count(patch) > 0
}

# The policies that find something.
complaints(request) := {policy |
	some policy, found in findings(request)
	count(found) > 0
}

bad_spec := {
	"hostNetwork": true,
	"securityContext": {"runAsNonRoot": false, "runAsUser": 0, "sysctls": [{"name": "kernel.msgmax", "value": "1"}]},
	"volumes": [{"name": "root", "hostPath": {"path": "/"}}],
	"containers": [{
		"name": "web",
		"image": "nginx",
		"imagePullPolicy": "Never",
		"ports": [{"containerPort": 80, "hostPort": 80}],
		"livenessProbe": {"httpGet": {"host": "example.com", "port": 80}},
		"resources": {"limits": {"cpu": "64"}},
		"securityContext": {
			"privileged": true,
			"procMount": "Unmasked",
			"appArmorProfile": {"type": "Unconfined"},
			"seccompProfile": {"type": "Unconfined"},
			"seLinuxOptions": {"type": "spc_t"},
			"windowsOptions": {"hostProcess": true},
			"capabilities": {"add": ["SYS_ADMIN"]},
		},
	}],
}

bad := object.union(review.workload("Pod", bad_spec), {"metadata": {"labels": {}}})

# What the `patch` rules complete.
bare := object.union(
	review.workload("Pod", {"containers": [{"name": "web", "image": "registry.example.com/web:1", "imagePullPolicy": "Never"}]}),
	{"metadata": {"labels": {"inject": "true"}}},
)

test_every_policy_of_the_packs_is_listed_here if {
	every pack, policies in parameters {
		names := {name | data[pack][name].deny} | {name | data[pack][name].patch} with input as review.create({})
		names == object.keys(policies)
	}
}

test_a_bad_pod_violates_every_policy_for_pods if {
	found := findings(review.create(bad))
	count(found) == 25
	{policy | some policy, nothing in found; nothing == set()} == {"resources/maximum_replicas"}
}

test_a_bare_pod_is_completed_by_every_policy_for_pods if {
	found := patches(review.create(bare))
	count(found) == 6
	{policy | some policy, nothing in found; nothing == set()} == {"defaults/service_account_token"}
}

# In any order, and never twice.
test_a_completed_pod_is_completed_no_more if {
	every kind, _ in review.kinds {
		new := object.union(review.workload(kind, bare.spec), {"metadata": bare.metadata})
		once := settled(settled(new))
		patching(review.create(once)) == set()
	}
}

settled(new) := patch_test.applied(new, union({patch | some patch in patches(review.create(new))}))

test_a_compliant_pod_violates_nothing if {
	spec := {
		"securityContext": {"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}},
		"containers": [{
			"name": "web",
			"image": "registry.example.com/web:1",
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
	patching(deletion) == set()
}

# A label, a finalizer: an object that is older than the policies stays usable.
test_an_update_elsewhere_does_not_read_the_pod_spec_again if {
	new := object.union(bad, {"metadata": {"labels": {"team": "web"}}})
	complaints(review.update(new, bad)) == set()
	patching(review.update(new, bad)) == set()
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
			{"containers": [{"securityContext": {"appArmorProfile": wrong, "seLinuxOptions": wrong, "procMount": wrong}}]},
			{"containers": [{"securityContext": {"windowsOptions": wrong}, "livenessProbe": wrong, "lifecycle": wrong}]},
			{"containers": [{"startupProbe": {"httpGet": wrong}, "lifecycle": {"preStop": wrong, "postStart": {"tcpSocket": wrong}}}]},
			{"securityContext": {"appArmorProfile": wrong, "seccompProfile": wrong, "seLinuxOptions": wrong, "sysctls": wrong}},
			{"securityContext": {"windowsOptions": {"hostProcess": wrong}, "sysctls": [wrong, {"name": wrong}]}},
			{"containers": [{"securityContext": {"capabilities": {"add": wrong}, "runAsUser": wrong}}]},
			{"containers": [{"ports": [wrong, {"hostPort": wrong}], "resources": {"limits": wrong, "requests": wrong}}]},
			{"containers": [{"resources": {"limits": {"cpu": wrong}, "requests": {"memory": wrong}}}]},
			{"volumes": [wrong, {"name": wrong, "hostPath": wrong}, {"image": wrong}, {"image": {"reference": wrong}}]},
			{"containers": [{"image": wrong, "imagePullPolicy": wrong, "env": wrong, "volumeMounts": wrong}]},
			{"containers": [{"name": "web", "env": [wrong, {"name": wrong}], "volumeMounts": [{"mountPath": wrong}]}]},
			{"automountServiceAccountToken": wrong},
		] {
			broken := object.union(review.workload("Pod", spec), {"metadata": wrong})
			count(findings(review.create(broken))) == 25
			count(patches(review.create(broken))) == 6
		}
	}
}

# What cannot take a patch must not get one: the engine would report a policy error.
test_every_patch_of_wrong_types_can_be_applied if {
	every wrong in [null, true, 0, "text", [], {}, [null, 1, "text", [], {}], {"a": null}] {
		every kind, _ in review.kinds {
			every spec in [
				wrong,
				{"containers": wrong, "initContainers": wrong, "volumes": wrong},
				{"securityContext": wrong, "os": wrong, "hostNetwork": wrong, "resources": wrong},
				{"containers": [wrong, {"name": wrong, "resources": wrong}, {"resources": {"requests": wrong}}]},
				{"containers": [{"name": "web", "env": wrong, "volumeMounts": wrong, "image": wrong}]},
				{"volumes": [wrong, {"name": wrong, "image": wrong}]},
			] {
				every metadata in [{}, {"metadata": wrong}, {"metadata": {"labels": wrong}}, {"metadata": bare.metadata}] {
					new := object.union(review.workload(kind, spec), metadata)
					settled(new)
				}
			}
		}
	}
}
