"""The desk: the queue of requests, and one request with everything that a decision stands on."""
