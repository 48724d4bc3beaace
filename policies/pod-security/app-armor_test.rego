package pod_security.app_armor_test

import data.lib.review_test as review
import data.pod_security.app_armor

profile(type) := {"appArmorProfile": {"type": type}}

good := {"name": "good", "securityContext": profile("RuntimeDefault")}

bad := {"name": "bad", "securityContext": profile("Unconfined")}

key(container) := $"container.apparmor.security.beta.kubernetes.io/{container}"

test_a_forbidden_profile_of_a_container_is_found_in_every_kind_and_list if {
	every case in review.container_cases(review.lists, good, bad) {
		violations := app_armor.deny with input as case.review
		review.fields(violations) == {$"{case.container}.securityContext.appArmorProfile.type"}
	}
}

test_a_forbidden_profile_of_the_pod_is_found_in_every_kind if {
	every case in review.spec_cases({"securityContext": profile("Unconfined"), "containers": [good]}) {
		violations := app_armor.deny with input as case.review
		review.fields(violations) == {$"{case.spec}.securityContext.appArmorProfile.type"}
	}
}

test_whatever_is_not_spelled_as_it_should_be_is_refused if {
	every context in array.concat(
		[{"appArmorProfile": {}}, {"appArmorProfile": "RuntimeDefault"}],
		[profile(type) | some type in ["", null, "Unconfined", "runtimedefault", "localhost", "runtime/default"]],
	) {
		count(app_armor.deny) == 1 with input as review.secured(context)
		count(app_armor.deny) == 1 with input as review.pod_with({"securityContext": context})
	}
}

test_unset_and_both_allowed_profiles_are_allowed if {
	every context in [
		null, {}, {"appArmorProfile": null}, profile("RuntimeDefault"), profile("Localhost"),
		{"appArmorProfile": {"type": "Localhost", "localhostProfile": "mine"}},
	] {
		app_armor.deny == set() with input as review.secured(context)
		app_armor.deny == set() with input as review.pod_with({"securityContext": context})
	}
}

test_annotations_are_read_in_every_version if {
	every minor in [0, 29, 30, 37] {
		every value in ["unconfined", "Runtime/default", "localhost", "runtime/default ", 1] {
			request := review.annotated_pod({key("web"): value}, {})
			count(app_armor.deny) == 1 with input as review.at(minor, request)
		}
		every value in ["", null, "runtime/default", "localhost/", "localhost/mine"] {
			request := review.annotated_pod({key("web"): value}, {})
			app_armor.deny == set() with input as review.at(minor, request)
		}
	}
}

test_other_annotations_are_not_read if {
	others := {
		"example.com/web": "unconfined",
		"apparmor.security.beta.kubernetes.io/web": "unconfined",
		"x.container.apparmor.security.beta.kubernetes.io/web": "unconfined",
	}
	app_armor.deny == set() with input as review.annotated_pod(others, {})
}

test_annotations_of_a_template_are_those_of_its_pods if {
	template := {"metadata": {"annotations": {key("web"): "unconfined"}}}
	deployment := {"kind": "Deployment", "metadata": {"annotations": {key("db"): "unconfined"}}, "spec": {"template": template}}
	review.fields(app_armor.deny) == {
		`spec.template.metadata.annotations["container.apparmor.security.beta.kubernetes.io/web"]`,
	} with input as review.create(deployment)
}

test_an_update_is_read_if_it_changes_the_annotations if {
	count(app_armor.deny) == 1 with input as review.update(annotated("unconfined"), annotated("runtime/default"))
	labelled := object.union(annotated("unconfined"), {"metadata": {"labels": {"team": "web"}}})
	app_armor.deny == set() with input as review.update(labelled, annotated("unconfined"))
}

annotated(value) := {"kind": "Pod", "metadata": {"annotations": {key("web"): value}}, "spec": {}}

test_violations_say_who_sets_what if {
	spec := {"securityContext": profile("Unconfined"), "containers": [bad, {"name": "none", "securityContext": {"appArmorProfile": {}}}]}
	app_armor.deny == {
		{
			"msg": "the Pod sets AppArmor profile Unconfined; it must be RuntimeDefault or Localhost",
			"field": "spec.securityContext.appArmorProfile.type",
			"details": {"type": "Unconfined"},
		},
		{
			"msg": `container "bad" sets AppArmor profile Unconfined; it must be RuntimeDefault or Localhost`,
			"field": "spec.containers[0].securityContext.appArmorProfile.type",
			"details": {"type": "Unconfined"},
		},
		{
			"msg": `container "none" sets AppArmor profile null; it must be RuntimeDefault or Localhost`,
			"field": "spec.containers[1].securityContext.appArmorProfile.type",
			"details": {"type": null},
		},
		{
			"msg": `the annotation for container "web" sets AppArmor profile unconfined; it must be runtime/default or localhost/*`,
			"field": `metadata.annotations["container.apparmor.security.beta.kubernetes.io/web"]`,
			"details": {"annotation": key("web"), "profile": "unconfined"},
		},
	} with input as review.annotated_pod({key("web"): "unconfined"}, spec)
}
