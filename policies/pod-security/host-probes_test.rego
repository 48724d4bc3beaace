package pod_security.host_probes_test

import data.lib.review_test as review
import data.pod_security.host_probes

good := {
	"name": "good",
	"livenessProbe": {"httpGet": {"port": 80, "host": ""}},
	"readinessProbe": {"tcpSocket": {"port": 80, "host": null}},
	"startupProbe": {"httpGet": {"port": 80}, "grpc": {"port": 80, "service": "host"}},
	"lifecycle": {"postStart": {"httpGet": {"host": ""}}, "preStop": {"exec": {"command": ["host"]}, "tcpSocket": null}},
}

# Every handler that has a host, by its path.
handlers := {$"{holder}.{kind}" |
	some holder in ["livenessProbe", "readinessProbe", "startupProbe", "lifecycle.postStart", "lifecycle.preStop"]
	some kind in ["httpGet", "tcpSocket"]
}

# A container whose handler at the path has this host.
container(path, host) := json.patch(
	{"name": "bad", "livenessProbe": {}, "readinessProbe": {}, "startupProbe": {}, "lifecycle": {"postStart": {}, "preStop": {}}},
	[{"op": "add", "path": split(path, "."), "value": {"port": 80, "host": host}}],
)

test_a_host_is_found_in_every_handler_kind_and_list if {
	count(handlers) == 10
	every handler in handlers {
		every case in review.container_cases(review.lists, good, container(handler, "127.0.0.1")) {
			violations := host_probes.deny with input as case.review
			review.fields(violations) == {$"{case.container}.{handler}.host"}
		}
	}
}

test_every_host_is_refused if {
	every handler in handlers {
		every host in ["localhost", " ", "0.0.0.0", 1] {
			count(host_probes.deny) == 1 with input as review.pod_with({"containers": [container(handler, host)]})
		}
		every host in ["", null] {
			host_probes.deny == set() with input as review.pod_with({"containers": [container(handler, host)]})
		}
	}
}

test_what_is_unset_is_allowed if {
	every empty in [null, {}, {"httpGet": null, "tcpSocket": null}, {"exec": {"command": ["true"]}}] {
		every holder in ["livenessProbe", "readinessProbe", "startupProbe"] {
			host_probes.deny == set() with input as review.pod_with({"containers": [{"name": "web", holder: empty}]})
		}
		every lifecycle in [null, {}, {"postStart": empty}, {"preStop": empty}] {
			spec := {"containers": [{"name": "web", "lifecycle": lifecycle}]}
			host_probes.deny == set() with input as review.pod_with(spec)
		}
	}
}

test_other_hooks_and_hosts_are_not_read if {
	others := {
		"name": "web",
		"livenessProbe": {"grpc": {"host": "a"}},
		"lifecycle": {"stopSignal": {"httpGet": {"host": "a"}}, "preStop": {"exec": {"host": "a"}}},
		"probe": {"httpGet": {"host": "a"}},
	}
	host_probes.deny == set() with input as review.pod_with({"containers": [others]})
}

test_violations_say_where_each_host_is if {
	web := {
		"name": "web",
		"livenessProbe": {"httpGet": {"host": "a"}},
		"lifecycle": {"preStop": {"tcpSocket": {"host": "b"}}},
	}
	host_probes.deny == {
		{
			"msg": `container "web" uses the probe or lifecycle host a; it must be unset`,
			"field": "spec.containers[0].livenessProbe.httpGet.host",
			"details": {"probe": "livenessProbe", "kind": "httpGet", "host": "a"},
		},
		{
			"msg": `container "web" uses the probe or lifecycle host b; it must be unset`,
			"field": "spec.containers[0].lifecycle.preStop.tcpSocket.host",
			"details": {"hook": "preStop", "kind": "tcpSocket", "host": "b"},
		},
	} with input as review.pod_with({"containers": [web]})
}

test_hosts_are_read_from_1_34_on if {
	every handler in handlers {
		every minor, expected in {0: 0, 33: 0, 34: 1, 35: 1, 37: 1} {
			request := review.pod_with({"containers": [container(handler, "localhost")]})
			count(host_probes.deny) == expected with input as review.at(minor, request)
		}
	}
}
