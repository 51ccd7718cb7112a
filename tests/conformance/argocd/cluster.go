package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	log "github.com/sirupsen/logrus"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	kubefake "k8s.io/client-go/kubernetes/fake"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/record"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/argoproj/argo-cd/v3/applicationset/controllers"
	"github.com/argoproj/argo-cd/v3/applicationset/controllers/template"
	"github.com/argoproj/argo-cd/v3/applicationset/generators"
	"github.com/argoproj/argo-cd/v3/applicationset/metrics"
	"github.com/argoproj/argo-cd/v3/applicationset/utils"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/db"
	"github.com/argoproj/argo-cd/v3/util/settings"
)

// ownerIndex is the name under which the controller looks for the Applications of an ApplicationSet.
const ownerIndex = ".metadata.controller"

// Cluster is a fake management cluster with the controller's real parts on it.
type Cluster struct {
	manifests  *Manifests
	namespace  string
	client     client.Client
	generators map[string]generators.Generator
	reconciler *controllers.ApplicationSetReconciler
	writes     []string
}

func newCluster(ctx context.Context, manifests *Manifests) (*Cluster, error) {
	cluster := &Cluster{manifests: manifests, namespace: manifests.ApplicationSets[0].Namespace}
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		return nil, err
	}
	cluster.client = fake.NewClientBuilder().
		WithScheme(scheme).
		WithObjects(manifests.objects()...).
		WithStatusSubresource(&v1alpha1.ApplicationSet{}).
		WithIndex(&v1alpha1.Application{}, ownerIndex, ownerOf).
		WithInterceptorFuncs(cluster.recorder()).
		Build()

	clientset := kubefake.NewClientset(manifests.settings(cluster.namespace)...)
	clusters, err := syncedClusters(ctx, clientset, cluster.namespace)
	if err != nil {
		return nil, err
	}
	manager := settings.NewSettingsManager(ctx, clientset, cluster.namespace)
	// What the Git and SCM generators need stays nil: Sixfold compiles none, and a user's own would panic, not pass.
	cluster.generators = generators.GetGenerators(
		ctx, cluster.client, clientset, cluster.namespace, nil, nil, generators.SCMConfig{}, clusters)
	cluster.reconciler = &controllers.ApplicationSetReconciler{
		Client:        cluster.client,
		Scheme:        scheme,
		Recorder:      &record.FakeRecorder{},
		Generators:    cluster.generators,
		ArgoDB:        db.NewDB(cluster.namespace, manager, clientset),
		KubeClientset: clientset,
		// As the controller starts without a --policy.
		Policy:               v1alpha1.ApplicationsSyncPolicySync,
		EnablePolicyOverride: true,
		Renderer:             &utils.Render{},
		ArgoCDNamespace:      cluster.namespace,
		Metrics:              metrics.NewFakeAppsetMetrics(),
		ClusterInformer:      clusters,
	}
	return cluster, nil
}

// objects are what the controller's client sees.
func (m *Manifests) objects() []client.Object {
	var result []client.Object
	for _, set := range m.ApplicationSets {
		result = append(result, set)
	}
	for _, project := range m.Projects {
		result = append(result, project)
	}
	for _, application := range m.Applications {
		result = append(result, application)
	}
	for _, configMap := range m.ConfigMaps {
		result = append(result, configMap)
	}
	for _, secret := range m.Secrets {
		result = append(result, secret)
	}
	return result
}

// settings are what Argo CD's list of clusters is read from: its own two objects, empty, and the cluster Secrets.
func (m *Manifests) settings(namespace string) []runtime.Object {
	own := func(name string) metav1.ObjectMeta {
		return metav1.ObjectMeta{
			Name: name, Namespace: namespace, Labels: map[string]string{"app.kubernetes.io/part-of": "argocd"},
		}
	}
	result := []runtime.Object{
		&corev1.ConfigMap{ObjectMeta: own("argocd-cm")},
		&corev1.Secret{ObjectMeta: own("argocd-secret"), Data: map[string][]byte{"server.secretkey": []byte("x")}},
	}
	for _, secret := range m.Secrets {
		if secret.Name != "argocd-secret" {
			result = append(result, secret.DeepCopy())
		}
	}
	return result
}

func syncedClusters(ctx context.Context, clientset kubernetes.Interface, namespace string) (*settings.ClusterInformer, error) {
	informer, err := settings.NewClusterInformer(clientset, namespace)
	if err != nil {
		return nil, err
	}
	go informer.Run(ctx.Done())
	limited, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if !cache.WaitForCacheSync(limited.Done(), informer.HasSynced) {
		return nil, errors.New("the list of clusters never came")
	}
	return informer, nil
}

func ownerOf(object client.Object) []string {
	owner := metav1.GetControllerOf(object)
	if owner == nil || owner.APIVersion != v1alpha1.SchemeGroupVersion.String() || owner.Kind != "ApplicationSet" {
		return nil
	}
	return []string{owner.Name}
}

// recorder writes down what the controller creates, changes and takes away, and lets it. The status of an
// ApplicationSet is a subresource and is not among it.
func (c *Cluster) recorder() interceptor.Funcs {
	note := func(verb string, object client.Object) {
		kind := strings.TrimPrefix(fmt.Sprintf("%T", object), "*v1alpha1.")
		c.writes = append(c.writes, verb+" "+kind+"/"+object.GetName())
	}
	return interceptor.Funcs{
		Create: func(ctx context.Context, to client.WithWatch, object client.Object, options ...client.CreateOption) error {
			note("create", object)
			return to.Create(ctx, object, options...)
		},
		Update: func(ctx context.Context, to client.WithWatch, object client.Object, options ...client.UpdateOption) error {
			note("update", object)
			return to.Update(ctx, object, options...)
		},
		Patch: func(ctx context.Context, to client.WithWatch, object client.Object, patch client.Patch, options ...client.PatchOption) error {
			note("patch", object)
			return to.Patch(ctx, object, patch, options...)
		},
		Delete: func(ctx context.Context, to client.WithWatch, object client.Object, options ...client.DeleteOption) error {
			note("delete", object)
			return to.Delete(ctx, object, options...)
		},
		DeleteAllOf: func(ctx context.Context, to client.WithWatch, object client.Object, options ...client.DeleteAllOfOption) error {
			note("delete all", object)
			return to.DeleteAllOf(ctx, object, options...)
		},
	}
}

// generate renders every ApplicationSet, and changes nothing.
func (c *Cluster) generate() Answer {
	answer := Answer{ApplicationSets: map[string]Outcome{}}
	for _, set := range c.manifests.ApplicationSets {
		applications, _, err := template.GenerateApplications(
			log.WithField("applicationset", set.Name), *set.DeepCopy(), c.generators, c.reconciler.Renderer, c.client)
		answer.ApplicationSets[set.Name] = Outcome{Applications: applications, Error: text(err)}
	}
	return answer
}

// reconcile has the controller look once at every ApplicationSet, in the order of their names.
func (c *Cluster) reconcile(ctx context.Context) (Answer, error) {
	answer := Answer{ApplicationSets: map[string]Outcome{}}
	for _, set := range c.manifests.ApplicationSets {
		key := client.ObjectKeyFromObject(set)
		result, err := c.reconciler.Reconcile(ctx, ctrl.Request{NamespacedName: key})
		outcome := Outcome{Error: text(err), RequeueAfterSeconds: result.RequeueAfter.Seconds()}
		after := &v1alpha1.ApplicationSet{}
		if err := c.client.Get(ctx, key, after); err != nil {
			return answer, err
		}
		for _, one := range after.Status.Conditions {
			outcome.Conditions = append(outcome.Conditions, Condition{
				Type: string(one.Type), Status: string(one.Status), Reason: one.Reason, Message: one.Message,
			})
		}
		answer.ApplicationSets[set.Name] = outcome
	}
	var left v1alpha1.ApplicationList
	if err := c.client.List(ctx, &left); err != nil {
		return answer, err
	}
	slices.SortFunc(left.Items, func(a, b v1alpha1.Application) int { return strings.Compare(a.Name, b.Name) })
	for i := range left.Items {
		left.Items[i].ResourceVersion = "" // the fake's own counting
	}
	answer.Applications = left.Items
	answer.Writes = c.writes
	return answer, nil
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
