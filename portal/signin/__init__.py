"""Sign-in with GitHub: the numeric id is the identity, nothing of GitHub's is kept but login and verified e-mail."""
