package pod_security.volume_types_test

import data.lib.review_test as review
import data.pod_security.volume_types

volumes(list) := review.pod_with({"volumes": list})

test_a_forbidden_type_is_found_in_every_kind if {
	list := [{"name": "cache", "emptyDir": {}}, {"name": "share", "nfs": {"server": "nfs", "path": "/"}}]
	every case in review.spec_cases({"volumes": list}) {
		violations := volume_types.deny with input as case.review
		review.fields(violations) == {$"{case.spec}.volumes[1].nfs"}
	}
}

test_permitted_types_are_permitted if {
	every type in [
		"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral",
		"image", "persistentVolumeClaim", "projected", "secret",
	] {
		volume_types.deny == set() with input as volumes([{"name": "data", type: {}}])
	}
}

test_every_other_type_is_refused if {
	every type in [
		"awsElasticBlockStore", "azureDisk", "azureFile", "cephfs", "cinder", "fc", "flexVolume", "flocker",
		"gcePersistentDisk", "gitRepo", "glusterfs", "hostPath", "iscsi", "nfs", "photonPersistentDisk",
		"portworxVolume", "quobyte", "rbd", "scaleIO", "storageos", "vsphereVolume", "ofTheFuture",
	] {
		count(volume_types.deny) == 1 with input as volumes([{"name": "data", type: {}}])
	}
}

test_a_volume_with_only_a_name_is_an_empty_dir if {
	volume_types.deny == set() with input as volumes([{"name": "cache"}, {"name": "cache", "hostPath": null}])
}

test_unset_and_empty_are_allowed if {
	every list in [null, []] {
		volume_types.deny == set() with input as volumes(list)
	}
}

test_violations_name_volume_and_type if {
	volume_types.deny == {
		{
			"msg": `volume "share" is of type nfs, which the restricted policy does not permit`,
			"field": "spec.volumes[0].nfs",
			"details": {"volume": "share", "type": "nfs"},
		},
		{
			"msg": `volume "" is of type hostPath, which the restricted policy does not permit`,
			"field": "spec.volumes[1].hostPath",
			"details": {"volume": "", "type": "hostPath"},
		},
	} with input as volumes([{"name": "share", "nfs": {}}, {"hostPath": {}}])
}
