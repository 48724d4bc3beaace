package pod_security.host_ports_test

import data.lib.review_test as review
import data.pod_security.host_ports

good := {"name": "good", "ports": [{"containerPort": 8080}]}

bad := {"name": "bad", "ports": [{"containerPort": 8080}, {"containerPort": 9090, "hostPort": 9091}]}

test_a_host_port_is_found_in_every_kind_and_list if {
	every case in review.container_cases(review.lists, good, bad) {
		violations := host_ports.deny with input as case.review
		review.fields(violations) == {$"{case.container}.ports[1].hostPort"}
	}
}

test_unset_and_zero_are_allowed if {
	every ports in [null, [], [{}], [{"hostPort": null}], [{"hostPort": 0}]] {
		host_ports.deny == set() with input as review.pod_with({"containers": [{"name": "web", "ports": ports}]})
	}
}

test_the_violation_names_container_and_port if {
	host_ports.deny == {{
		"msg": `container "bad" uses hostPort 9091; it must be unset`,
		"field": "spec.containers[0].ports[1].hostPort",
		"details": {"hostPort": 9091},
	}} with input as review.pod_with({"containers": [bad]})
}

test_with_the_host_network_every_container_port_of_a_pod_is_a_host_port if {
	every host_port in [{}, {"hostPort": null}, {"hostPort": 0}] {
		ports := [object.union({"containerPort": 8080}, host_port)]
		review.messages(host_ports.deny) == {
			`container "web" uses hostPort 8080: hostNetwork makes each containerPort a hostPort`,
		} with input as review.pod_with({"hostNetwork": true, "containers": [{"name": "web", "ports": ports}]})
	}
}

test_the_violation_of_the_host_network_names_container_and_port if {
	host_ports.deny == {{
		"msg": `container "good" uses hostPort 8080: hostNetwork makes each containerPort a hostPort`,
		"field": "spec.containers[0].ports[0].containerPort",
		"details": {"hostPort": 8080},
	}} with input as review.pod_with({"hostNetwork": true, "containers": [good]})
}

test_with_the_host_network_a_container_port_that_is_unset_is_allowed if {
	every port in [null, {}, {"containerPort": null}, {"containerPort": 0}] {
		spec := {"hostNetwork": true, "containers": [{"name": "web", "ports": [port]}]}
		host_ports.deny == set() with input as review.pod_with(spec)
	}
}

test_with_the_host_network_a_host_port_of_its_own_counts if {
	review.messages(host_ports.deny) == {
		`container "bad" uses hostPort 8080: hostNetwork makes each containerPort a hostPort`,
		`container "bad" uses hostPort 9091; it must be unset`,
	} with input as review.pod_with({"hostNetwork": true, "containers": [bad]})
}

test_without_the_host_network_container_ports_are_allowed if {
	every value in [false, null] {
		host_ports.deny == set() with input as review.pod_with({"hostNetwork": value, "containers": [good]})
	}
}

test_with_the_host_network_the_ports_of_init_containers_are_filled_in_and_those_of_ephemeral_ones_are_not if {
	fields := {"spec.initContainers[0].ports[0].containerPort", "spec.ephemeralContainers[0].ports[1].hostPort"}
	spec := {"hostNetwork": true, "initContainers": [good], "ephemeralContainers": [bad]}
	review.fields(host_ports.deny) == fields with input as review.pod_with(spec)
}

# The API server does so in Pods only: the Pods of a Deployment are judged when they are created.
test_in_a_template_no_port_is_filled_in if {
	spec := {"hostNetwork": true, "containers": [good]}
	host_ports.deny == set() with input as review.create(review.workload("Deployment", spec))
}
