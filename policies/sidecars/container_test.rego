package sidecars.container_test

import data.lib.patch_test
import data.lib.review_test as review
import data.sidecars.container

shipper := {"name": "shipper", "image": "ghcr.io/org/shipper:1", "volumeMounts": [{"name": "logs", "mountPath": "/in"}]}

parameters := {
	"label": {"key": "sidecars.portcullis.dev/inject", "value": "true"},
	"container": shipper,
	"native": true,
	"volumes": [{"name": "logs", "emptyDir": {}}],
	"environment": [{"name": "LOG_DIR", "value": "/logs"}],
	"volumeMounts": [{"name": "logs", "mountPath": "/logs"}],
}

proxy := object.union(parameters, {
	"container": {"name": "proxy", "image": "ghcr.io/org/proxy:1"},
	"native": false,
	"volumes": [],
	"environment": [{"name": "HTTP_PROXY", "value": "http://localhost:3128"}],
	"volumeMounts": [],
})

asking := {"kind": "Pod", "metadata": {"labels": {"sidecars.portcullis.dev/inject": "true"}}}

pod(spec) := object.union(asking, {"spec": spec})

plain := pod({"containers": [{"name": "web", "image": "web:1"}]})

patches(new, given) := result if {
	result := container.patch with input as object.union(review.create(new), {"parameters": given})
}

after(new, given) := patch_test.applied(new, patches(new, given))

native := object.union(shipper, {"restartPolicy": "Always"})

own := {
	"env": [{"name": "LOG_DIR", "value": "/logs"}],
	"volumeMounts": [{"name": "logs", "mountPath": "/logs"}],
}

test_a_native_sidecar_comes_first_with_all_that_belongs_to_it if {
	setup := {"name": "setup", "image": "setup:1"}
	theirs := {"name": "theirs", "image": "theirs:1", "restartPolicy": "Always"}
	web := {"name": "web", "image": "web:1"}
	after(pod({"initContainers": [theirs, setup], "containers": [web]}), parameters).spec == {
		"initContainers": [native, theirs, object.union(setup, own)],
		"containers": [object.union(web, own)],
		"volumes": [{"name": "logs", "emptyDir": {}}],
	}
}

test_mounts_are_told_apart_by_their_paths_and_all_else_by_its_name if {
	patches(plain, parameters) == {
		{"op": "upsert", "path": "/spec/initContainers", "position": "first", "value": native},
		{"op": "upsert", "path": "/spec/volumes", "value": {"name": "logs", "emptyDir": {}}},
		{"op": "upsert", "path": "/spec/containers/0/env", "value": {"name": "LOG_DIR", "value": "/logs"}},
		{
			"op": "upsert",
			"path": "/spec/containers/0/volumeMounts",
			"key": "mountPath",
			"value": {"name": "logs", "mountPath": "/logs"},
		},
	}
}

test_a_container_beside_the_others_comes_last_and_leaves_init_containers_alone if {
	setup := {"name": "setup", "image": "setup:1"}
	web := {"name": "web", "image": "web:1"}
	after(pod({"initContainers": [setup], "containers": [web]}), proxy).spec == {
		"initContainers": [setup],
		"containers": [object.union(web, {"env": proxy.environment}), proxy.container],
	}
}

test_it_is_added_once_whatever_the_api_server_fills_in if {
	every given in [parameters, proxy] {
		once := after(plain, given)
		once != plain
		patches(once, given) == set()
	}
	defaulted := {"imagePullPolicy": "IfNotPresent", "resources": {}, "terminationMessagePath": "/dev/termination-log"}
	every list in ["initContainers", "containers"] {
		filled := json.patch(plain, [{"op": "add", "path": $"/spec/{list}", "value": [object.union(native, defaulted)]}])
		patches(filled, parameters) == set()
		patches(filled, object.union(parameters, {"native": false})) == set()
	}
}

test_two_bindings_add_two_sidecars_in_any_order if {
	orders := [after(after(plain, parameters), proxy), after(after(plain, proxy), parameters)]
	every both in orders {
		[item.name | some item in both.spec.initContainers] == ["shipper"]
		[item.name | some item in both.spec.containers] == ["web", "proxy"]
		{variable.name | some variable in both.spec.containers[0].env} == {"LOG_DIR", "HTTP_PROXY"}
		patches(both, parameters) == set()
		patches(both, proxy) == set()
	}

	# A native sidecar is told from an init container of the Pod.
	not orders[0].spec.initContainers[0].env
}

test_a_container_of_that_name_wins_and_nothing_comes_with_the_sidecar if {
	every list in ["initContainers", "containers"] {
		mine := json.patch(plain, [{"op": "add", "path": $"/spec/{list}", "value": [{"name": "shipper", "image": "mine"}]}])
		patches(mine, parameters) == set()
	}
}

test_what_the_pod_has_itself_stays if {
	web := {
		"name": "web",
		"env": [{"name": "LOG_DIR", "valueFrom": {}}, {"name": "A", "value": "1"}],
		"volumeMounts": [{"name": "mine", "mountPath": "/logs"}],
	}
	spec := {"containers": [web], "volumes": [{"name": "logs", "hostPath": {"path": "/logs"}}]}
	after(pod(spec), parameters).spec == object.union(spec, {"initContainers": [native]})
}

test_null_lists_are_absent if {
	web := {"name": "web", "env": null, "volumeMounts": null}
	patched := after(pod({"initContainers": null, "containers": [web], "volumes": null}), parameters)
	patched.spec == after(pod({"containers": [{"name": "web"}]}), parameters).spec
}

test_only_pods_that_ask_get_it if {
	every labels in [null, {}, {"sidecars.portcullis.dev/inject": "false"}, {"inject": "true"}, "true"] {
		patches(json.patch(plain, [{"op": "add", "path": "/metadata/labels", "value": labels}]), parameters) == set()
	}
	other := object.union(parameters, {"label": {"key": "logs", "value": "on"}})
	patches(plain, other) == set()
	count(patches(object.union(plain, {"metadata": {"labels": {"logs": "on"}}}), other)) == 4
}

test_without_a_container_nothing_is_added if {
	patches(plain, object.remove(parameters, ["container"])) == set()
}

test_the_host_network_and_windows_get_none if {
	patches(object.union(plain, {"spec": {"hostNetwork": true}}), parameters) == set()
	patches(object.union(plain, {"spec": {"os": {"name": "windows"}}}), parameters) == set()
	patches(object.union(plain, {"spec": {"nodeSelector": {"kubernetes.io/os": "windows"}}}), parameters) == set()
	every harmless in [{"hostNetwork": false}, {"hostNetwork": null}, {"os": {"name": "linux"}}] {
		count(patches(object.union(plain, {"spec": harmless}), parameters)) == 4
	}
}

test_pods_get_it_at_create_only_and_templates_never if {
	old := json.patch(plain, [{"op": "replace", "path": "/spec/containers/0/image", "value": "web:2"}])
	container.patch == set() with input as object.union(review.update(plain, old), {"parameters": parameters})
	every kind in object.keys(review.kinds) - {"Pod"} {
		labels := {"metadata": asking.metadata}
		patches(object.union(review.workload(kind, plain.spec), labels), parameters) == set()
	}
}

test_where_nothing_can_be_put_nothing_is_added if {
	every wrong in [false, 0, "text", {}] {
		every list in ["initContainers", "containers", "volumes"] {
			patches(pod(object.union({"containers": [{"name": "web"}]}, {list: wrong})), parameters) == set()
		}
		web := {"name": "web", "env": wrong, "volumeMounts": wrong}
		{patch.path | some patch in patches(pod({"containers": [web]}), parameters)} == {
			"/spec/initContainers",
			"/spec/volumes",
		}
	}
}
