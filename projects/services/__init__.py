"""The verbs: the only writers of people and promises. Keyword-only, each one transaction, no HTTP and no request."""
