// Kinds that no team's Application may contain. The compiler rejects these first; the project is the second lock.
function(lib) {
  // Kinds that teams may not deploy, by their reason.
  deniedKinds::
    // the fence of the namespace itself
    [
      { group: '', kind: 'LimitRange' },
      { group: '', kind: 'Namespace' },
      { group: '', kind: 'ResourceQuota' },
      { group: 'rbac.authorization.k8s.io', kind: '*' },
    ]
    // secrets come from a secret store by reference, never from git
    + [{ group: '', kind: 'Secret' }]
    // hand-written endpoints send a service's traffic past every network policy, to any address
    + [{ group: '', kind: 'Endpoints' }, { group: 'discovery.k8s.io', kind: 'EndpointSlice' }]
    // Argo CD's own objects: an Application could name another project
    + [{ group: 'argoproj.io', kind: kind } for kind in ['AppProject', 'Application', 'ApplicationSet']],
}
