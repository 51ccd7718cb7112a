// Two Argo CD instances, so that trying something out can never reach production. Each has its own generator beside it.
{
  instances: {
    nonprod: {
      generatorUrl: 'http://sixfold-generator.argocd.svc.cluster.local:8080',
    },
    prod: {
      generatorUrl: 'http://sixfold-generator.argocd.svc.cluster.local:8080',
      requeueAfterSeconds: 120,
    },
  },
}
