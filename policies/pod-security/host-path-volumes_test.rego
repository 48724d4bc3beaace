package pod_security.host_path_volumes_test

import data.lib.review_test as review
import data.pod_security.host_path_volumes

test_a_host_path_is_found_in_every_kind if {
	volumes := [{"name": "cache", "emptyDir": {}}, {"name": "docker", "hostPath": {"path": "/var/run/docker.sock"}}]
	every case in review.spec_cases({"volumes": volumes}) {
		violations := host_path_volumes.deny with input as case.review
		review.fields(violations) == {$"{case.spec}.volumes[1].hostPath"}
	}
}

test_a_host_path_without_a_path_is_one_too if {
	count(host_path_volumes.deny) == 1 with input as review.pod_with({"volumes": [{"name": "root", "hostPath": {}}]})
}

test_unset_and_null_are_allowed if {
	every volumes in [null, [], [{"name": "cache"}], [{"name": "cache", "hostPath": null}]] {
		host_path_volumes.deny == set() with input as review.pod_with({"volumes": volumes})
	}
}

test_the_violations_name_the_volumes if {
	host_path_volumes.deny == {
		{
			"msg": `volume "root" is a hostPath; the node's file system must not be mounted`,
			"field": "spec.volumes[0].hostPath",
			"details": {"volume": "root", "hostPath": {"path": "/"}},
		},
		{
			"msg": `volume "" is a hostPath; the node's file system must not be mounted`,
			"field": "spec.volumes[1].hostPath",
			"details": {"volume": "", "hostPath": {"path": "/etc"}},
		},
	} with input as review.pod_with({"volumes": [{"name": "root", "hostPath": {"path": "/"}}, {"hostPath": {"path": "/etc"}}]})
}
