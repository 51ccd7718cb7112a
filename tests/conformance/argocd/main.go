// Program argocd runs Argo CD's own ApplicationSet code on the manifests of one folder, and prints what comes of it.
//
// The manifests are those that Sixfold compiled for one Argo CD instance, and the Secret with the token. Nothing that
// decides is ours: the plugin generator with its HTTP client, the template rendering and the reconciler are those of
// the Argo CD version in go.mod. Only the Kubernetes API is a fake, the in-memory client that Argo CD's own tests use.
//
//	argocd generate  -manifests DIR… [-base-url URL]  what each ApplicationSet renders; nothing is written anywhere
//	argocd reconcile -manifests DIR… [-base-url URL]  one reconcile of each, and the Applications that are there after it
//	argocd permit    -manifests DIR… [-base-url URL] -objects FILE  what the AppProjects do not allow
//
// The exit status is 0 whenever there is an answer, 2 when the manifests cannot be read or the arguments are wrong.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"

	log "github.com/sirupsen/logrus"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
)

// Answer is what is printed, as one JSON document.
type Answer struct {
	ApplicationSets map[string]Outcome `json:"applicationSets"`
	// Applications are all that are in the cluster after a reconcile, by name.
	Applications []v1alpha1.Application `json:"applications,omitempty"`
	// Writes are what the controller did to objects, as "verb Kind/name", in that order.
	Writes []string `json:"writes,omitempty"`
	// Refused are Applications whose project does not allow their source or place, with the reason; unordered.
	Refused []string `json:"refused,omitempty"`
	// Denied are the objects that a project does not allow, in the order in which they were wished for.
	Denied []Wish `json:"denied,omitempty"`
}

// Outcome is what one ApplicationSet came to.
type Outcome struct {
	// Applications in the order in which they were rendered.
	Applications []v1alpha1.Application `json:"applications,omitempty"`
	Error        string                 `json:"error,omitempty"`
	// Conditions and RequeueAfterSeconds are there after a reconcile only.
	Conditions          []Condition `json:"conditions,omitempty"`
	RequeueAfterSeconds float64     `json:"requeueAfterSeconds,omitempty"`
}

// Condition is a condition of an ApplicationSet without its time.
type Condition struct {
	Type    string `json:"type"`
	Status  string `json:"status"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

// folders is a flag that may be given several times.
type folders []string

func (f *folders) String() string         { return strings.Join(*f, " ") }
func (f *folders) Set(value string) error { *f = append(*f, value); return nil }

func main() {
	log.SetOutput(os.Stderr)
	log.SetLevel(log.ErrorLevel)
	answer, err := run(context.Background(), os.Args[1:])
	if err == nil {
		encoder := json.NewEncoder(os.Stdout)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		err = encoder.Encode(answer)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "argocd:", err)
		os.Exit(2)
	}
}

func run(ctx context.Context, arguments []string) (Answer, error) {
	if len(arguments) == 0 {
		return Answer{}, fmt.Errorf("generate, reconcile or permit?")
	}
	var from folders
	flags := flag.NewFlagSet(arguments[0], flag.ContinueOnError)
	flags.Var(&from, "manifests", "folder of manifests; may be given several times")
	baseURL := flags.String("base-url", "", "takes the place of baseUrl in every plugin ConfigMap")
	timeout := flags.String("request-timeout", "", "takes the place of requestTimeout there, in seconds")
	applications := flags.String("applications", "", "JSON list of the Applications that are in the cluster already")
	objects := flags.String("objects", "", "JSON list of the objects to ask the AppProjects for")
	if err := flags.Parse(arguments[1:]); err != nil {
		return Answer{}, err
	}
	manifests, err := readManifests(from)
	if err != nil {
		return Answer{}, err
	}
	manifests.overridePlugin(map[string]string{"baseUrl": *baseURL, "requestTimeout": *timeout})
	if err := manifests.addApplications(*applications); err != nil {
		return Answer{}, err
	}
	cluster, err := newCluster(ctx, manifests)
	if err != nil {
		return Answer{}, err
	}
	switch arguments[0] {
	case "generate":
		return cluster.generate(), nil
	case "reconcile":
		return cluster.reconcile(ctx)
	case "permit":
		return cluster.permit(ctx, *objects)
	default:
		return Answer{}, fmt.Errorf("%q is not generate, reconcile or permit", arguments[0])
	}
}
