"""HTTP: the plugin API and the admin pages, in one Flask application with two listeners."""
