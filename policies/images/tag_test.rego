package images.tag_test

import data.images.tag
import data.lib.review_test as review

digest := "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

ask(image, digest_wanted) := object.union(
	review.pod_with({"containers": [{"name": "web", "image": image}]}),
	{"parameters": {"digest": digest_wanted}},
)

# What is said of each image, without and with the parameter.
table := {
	"nginx:1.29": ["", "which has no digest"],
	"localhost:5000/nginx:latest-1": ["", "which has no digest"],
	"nginx": ["which has no tag, so that it means latest", "which has no digest"],
	"localhost:5000/nginx": ["which has no tag, so that it means latest", "which has no digest"],
	"nginx:latest": ["whose tag is latest", "which has no digest"],
	"nginx:Latest": ["", "which has no digest"],
	$"nginx@{digest}": ["", ""],
	$"nginx:1@{digest}": ["", ""],
	$"nginx:latest@{digest}": ["", ""],
	"nginx@sha256:abc": ["which is no valid image name", "which is no valid image name"],
	"nginx:": ["which is no valid image name", "which is no valid image name"],
}

expected(_, "") := set()

expected(image, fault) := {{
	"msg": $"container \"web\" has image {image}, {fault}",
	"field": "spec.containers[0].image",
}} if {
	fault != ""
}

test_images_need_a_tag_that_stays_or_a_digest[image] if {
	some image, faults in table
	tag.deny == expected(image, faults[0]) with input as ask(image, false)
	tag.deny == expected(image, faults[1]) with input as ask(image, true)
}

test_an_image_that_is_no_text_is_no_name if {
	every image in [7, true, [], {}] {
		count(tag.deny) == 1 with input as ask(image, false)
	}
}

test_every_place_of_every_kind_is_read if {
	every case in review.container_cases(review.lists, {"image": "nginx:1"}, {"image": "nginx"}) {
		asked := object.union(case.review, {"parameters": {"digest": false}})
		review.fields(tag.deny) == {$"{case.container}.image"} with input as asked
	}
	every case in review.spec_cases({"volumes": [{"name": "v", "image": {"reference": "nginx"}}]}) {
		asked := object.union(case.review, {"parameters": {"digest": false}})
		review.fields(tag.deny) == {$"{case.spec}.volumes[0].image.reference"} with input as asked
	}
}
