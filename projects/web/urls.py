"""Addresses of what people ask, say and keep. Mails link here by projects.paths."""

from django.urls import path

from projects.web import account, mail, requests, rules, tickets
from projects.web.ask import github, review, steps

app_name = "projects"

urlpatterns = [
    path("ask/", steps.start, name="ask"),
    path("ask/github/", github.repository, name="ask-github"),
    path("ask/keys/", github.keys, name="ask-keys"),
    path("ask/send/", review.send, name="ask-send"),
    path("ask/new/", steps.begin_anew, name="ask-new"),
    path("ask/<slug:step>/", steps.step, name="ask-step"),
    path("requests/", requests.listing, name="requests"),
    path("requests/<int:pk>/", requests.page, name="request"),
    path("requests/<int:pk>/resume/", requests.resume, name="request-resume"),
    path("requests/<int:pk>/answer/", requests.answer, name="request-answer"),
    path("requests/<int:pk>/withdraw/", requests.withdraw, name="request-withdraw"),
    path("tickets/", tickets.listing, name="tickets"),
    path("tickets/new/", tickets.begin, name="ticket-new"),
    path("tickets/<int:pk>/", tickets.page, name="ticket"),
    path("tickets/<int:pk>/move/", tickets.move, name="ticket-move"),
    path("mail/", mail.listing, name="mail"),
    path("account/", account.page, name="account"),
    path("account/keys/", account.add_keys, name="account-keys"),
    path("account/keys/import/", account.import_keys, name="account-import"),
    path("account/keys/<int:pk>/remove/", account.remove_key, name="account-key-remove"),
    path("account/export/", account.export, name="account-export"),
    path("account/erase/", account.erase, name="account-erase"),
    path("rules/", rules.page, name="rules"),
    path("rules/<slug:version>/", rules.page, name="rules-version"),
]
