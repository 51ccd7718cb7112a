package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	argoutil "github.com/argoproj/argo-cd/v3/util/argo"
)

// Wish is an object that an Application would like to apply.
type Wish struct {
	Application string `json:"application"`
	Group       string `json:"group"`
	Kind        string `json:"kind"`
	Name        string `json:"name"`
	Namespaced  bool   `json:"namespaced"`
}

// permit asks each rendered Application's AppProject for its place and source, and for each object that is wished for.
// This is what the application controller asks before it syncs.
func (c *Cluster) permit(ctx context.Context, path string) (Answer, error) {
	answer := c.generate()
	projects := map[string]*v1alpha1.AppProject{}
	for _, project := range c.manifests.Projects {
		projects[project.Name] = project
	}
	of := map[string]*v1alpha1.AppProject{}
	for _, set := range answer.ApplicationSets {
		for _, application := range set.Applications {
			project := projects[application.Spec.Project]
			if project == nil {
				return answer, fmt.Errorf("there is no project %q", application.Spec.Project)
			}
			of[application.Name] = project
			conditions, err := argoutil.ValidatePermissions(ctx, &application.Spec, project, c.reconciler.ArgoDB)
			if err != nil {
				return answer, err
			}
			for _, one := range conditions {
				answer.Refused = append(answer.Refused, application.Name+": "+one.Message)
			}
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return answer, err
	}
	var wishes []Wish
	if err := json.Unmarshal(data, &wishes); err != nil {
		return answer, err
	}
	for _, wish := range wishes {
		project := of[wish.Application]
		if project == nil {
			return answer, fmt.Errorf("there is no Application %q", wish.Application)
		}
		kind := schema.GroupKind{Group: wish.Group, Kind: wish.Kind}
		if !project.IsGroupKindNamePermitted(kind, wish.Name, wish.Namespaced) {
			answer.Denied = append(answer.Denied, wish)
		}
	}
	return answer, nil
}
