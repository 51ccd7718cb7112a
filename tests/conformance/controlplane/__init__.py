"""A real kube-apiserver takes every overlay, and Argo CD's own ApplicationSet controller does what was meant, or nothing."""
