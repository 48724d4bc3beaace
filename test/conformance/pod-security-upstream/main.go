// Upstream's verdict of Pods, by the code that the API server runs. Reads the file that the first argument names, a line
// of JSON {level, version, pod} or {labels, mode, pod} for each Pod, and writes a line for each: the checks that passed,
// those that failed, and the Pod as the API server would hand it to a webhook.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"reflect"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kjson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

type request struct {
	Level   api.Level         `json:"level"`
	Version string            `json:"version"`
	Labels  map[string]string `json:"labels"` // of the Pod's namespace
	Mode    string            `json:"mode"`   // enforce, audit or warn
	Pod     json.RawMessage   `json:"pod"`
}

func (r request) standard() (api.LevelVersion, error) {
	if r.Mode == "" {
		version, err := api.ParseVersion(r.Version)
		return api.LevelVersion{Level: r.Level, Version: version}, err
	}
	latest := api.LevelVersion{Level: api.LevelPrivileged, Version: api.LatestVersion()}
	// The API server reads wrong labels, too, so what is wrong with them is of no interest.
	standards, _ := api.PolicyToEvaluate(r.Labels, api.Policy{Enforce: latest, Audit: latest, Warn: latest})
	switch r.Mode {
	case "enforce":
		return standards.Enforce, nil
	case "audit":
		return standards.Audit, nil
	case "warn":
		return standards.Warn, nil
	}
	return api.LevelVersion{}, fmt.Errorf("there is no mode %q", r.Mode)
}

type verdict struct {
	Passed []policy.CheckID `json:"passed"`
	Failed []policy.CheckID `json:"failed"`
	Pod    *corev1.Pod      `json:"pod"`
}

// An evaluator returns results without the checks' ids, so every check notes its own. What applies is still the
// registry's decision.
type judge struct {
	evaluator policy.Evaluator
	verdict   verdict
}

func newJudge() *judge {
	j := &judge{}
	checks := policy.DefaultChecks()
	for _, check := range checks {
		for i, versioned := range check.Versions {
			id, checkPod := check.ID, versioned.CheckPod
			check.Versions[i].CheckPod = func(metadata *metav1.ObjectMeta, spec *corev1.PodSpec) policy.CheckResult {
				result := checkPod(metadata, spec)
				j.note(id, result.Allowed)
				return result
			}
		}
	}
	evaluator, err := policy.NewEvaluator(checks, nil)
	if err != nil {
		log.Fatalf("the registry of upstream's checks: %v", err)
	}
	j.evaluator = evaluator
	return j
}

func (j *judge) note(id policy.CheckID, allowed bool) {
	if allowed {
		j.verdict.Passed = append(j.verdict.Passed, id)
	} else {
		j.verdict.Failed = append(j.verdict.Failed, id)
	}
}

func (j *judge) judge(line []byte) (verdict, error) {
	var asked request
	if err := json.Unmarshal(line, &asked); err != nil {
		return verdict{}, err
	}
	standard, err := asked.standard()
	if err != nil {
		return verdict{}, err
	}
	pod := &corev1.Pod{}
	// As the API server decodes: names of fields are case-sensitive, unknown ones are dropped.
	if err := kjson.Unmarshal(asked.Pod, pod); err != nil {
		return verdict{}, err
	}
	setDefaults(&pod.Spec)
	j.verdict = verdict{Passed: []policy.CheckID{}, Failed: []policy.CheckID{}, Pod: pod}
	j.evaluator.EvaluatePod(standard, &pod.ObjectMeta, &pod.Spec)
	return j.verdict, nil
}

// Of the API server's defaults those that a check can see (pkg/apis/core/v1/defaults.go in k8s.io/kubernetes).
func setDefaults(spec *corev1.PodSpec) {
	for i := range spec.Volumes {
		source := &spec.Volumes[i].VolumeSource
		if reflect.DeepEqual(*source, corev1.VolumeSource{}) {
			source.EmptyDir = &corev1.EmptyDirVolumeSource{}
		}
	}
	if spec.HostNetwork {
		setHostPorts(spec.Containers)
		setHostPorts(spec.InitContainers)
	}
}

func setHostPorts(containers []corev1.Container) {
	for i := range containers {
		for k := range containers[i].Ports {
			port := &containers[i].Ports[k]
			if port.HostPort == 0 {
				port.HostPort = port.ContainerPort
			}
		}
	}
}

func main() {
	file, err := os.Open(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	answers := json.NewEncoder(os.Stdout)
	judge := newJudge()
	for lines.Scan() {
		found, err := judge.judge(lines.Bytes())
		if err != nil {
			log.Fatalf("%v: %s", err, lines.Bytes())
		}
		if err := answers.Encode(found); err != nil {
			log.Fatal(err)
		}
	}
	if err := lines.Err(); err != nil {
		log.Fatal(err)
	}
}
