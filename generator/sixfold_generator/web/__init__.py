"""HTTP: the plugin endpoint and the admin pages."""
