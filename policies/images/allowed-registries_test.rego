package images.allowed_registries_test

import data.images.allowed_registries
import data.lib.review_test as review

registries := ["docker.io/library", "ghcr.io/my-org", "registry.example.com:5000", "*.internal.example.com/team", "localhost"]

given(review_of_object) := object.union(review_of_object, {"parameters": {"registries": registries}})

found(image) := result if {
	spec := {"containers": [{"name": "web", "image": image}]}
	result := allowed_registries.deny with input as given(review.pod_with(spec))
}

allowed := [
	"nginx",
	"nginx:1.29",
	"library/nginx",
	"docker.io/nginx",
	"index.docker.io/library/nginx",
	"nginx@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	"ghcr.io/my-org",
	"ghcr.io/my-org/web:1",
	"ghcr.io/my-org/group/web",
	"registry.example.com:5000/web",
	"a.internal.example.com/team/web",
	"localhost/web",
]

test_images_below_an_allowed_place_pass[image] if {
	some image in allowed
	found(image) == set()
}

forbidden := [
	"org/nginx",
	"docker.io.evil.com/library/nginx",
	"evil.com/docker.io/library/nginx",
	"evil.com/nginx",
	"docker.io:443/library/nginx",
	"ghcr.io/my-org-evil/web",
	"ghcr.io/my",
	"ghcr.io/evil/my-org/web",
	"ghcr.io:443/my-org/web",
	"ghcr.io.evil.com/my-org/web",
	"GHCR.IO/my-org/web",
	"registry.example.com/web",
	"registry.example.com:5001/web",
	"registry.example.com:50000/web",
	"internal.example.com/team/web",
	"a.b.internal.example.com/team/web",
	"a.internal.example.com:5000/team/web",
	"a.internal.example.com/team-b/web",
	"evil.com/a.internal.example.com/team/web",
	"localhost:5000/web",
	"localhost.evil.com/web",
	"NGINX",
	"nginx:",
	" nginx",
	"docker.io/library/../evil/web",
	"a@b@c",
	7,
	{"name": "nginx"},
]

test_other_images_are_found[image] if {
	some image in forbidden
	review.fields(found(image)) == {"spec.containers[0].image"}
}

test_every_place_of_every_kind_is_read if {
	every case in review.container_cases(review.lists, {"image": "nginx"}, {"image": "evil.com/nginx"}) {
		review.fields(allowed_registries.deny) == {$"{case.container}.image"} with input as given(case.review)
	}
	every case in review.spec_cases({"volumes": [{"image": {"reference": "evil.com/nginx"}}]}) {
		fields := {$"{case.spec}.volumes[0].image.reference"}
		review.fields(allowed_registries.deny) == fields with input as given(case.review)
	}
}

test_the_message_shows_how_the_image_is_read if {
	review.messages(allowed_registries.deny) == {
		`container "web" has image org/x:1, which is docker.io/org/x; allowed are ghcr.io/a, ghcr.io/b`,
		`container "whole" has image quay.io/x:1; allowed are ghcr.io/a, ghcr.io/b`,
		`container "bad" has image nginx:, which is no valid image name; allowed are ghcr.io/a, ghcr.io/b`,
	} with input as object.union(
		review.pod_with({"containers": [{"name": "web", "image": "org/x:1"}, {"name": "whole", "image": "quay.io/x:1"}, {"name": "bad", "image": "nginx:"}]}),
		{"parameters": {"registries": ["ghcr.io/b", "ghcr.io/a"]}},
	)
}

test_without_registries_nothing_is_checked if {
	spec := {"containers": [{"image": "evil.com/x"}, {"image": "NO"}]}
	allowed_registries.deny == set() with input as object.union(review.pod_with(spec), {"parameters": {}})
}

test_a_sub_domain_is_one_part_of_a_name if {
	parameters := {"parameters": {"registries": ["*.example.com"]}}
	images := ["a.example.com/x", "example.com/x", "b.a.example.com/x", "a.example.com.evil.com/x"]
	spec := {"containers": [{"image": image} | some image in images]}
	review.fields(allowed_registries.deny) == {$"spec.containers[{i}].image" |
		some i in [1, 2, 3]
	} with input as object.union(review.pod_with(spec), parameters)
}
