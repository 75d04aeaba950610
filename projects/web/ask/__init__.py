"""The request form, in five short steps over one draft that belongs to the browser until somebody signs in."""
