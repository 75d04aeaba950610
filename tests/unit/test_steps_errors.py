"""What OpenStack's answers mean: each status by service, and where one status has two causes."""

import json

import pytest
import requests
from keystoneauth1 import exceptions as ksa

from provisioning.adapters.openstack.errors import Asked, Conflict, Taken, refusal, translate, translated
from provisioning.errors import Broken, Busy, Failure, Gone, ProviderError, Rejected

QUOTA = "Quota exceeded for instances: Requested 1, but already used 4 of 4 instances"
POLICY = "Policy doesn't allow os_compute_api:servers:create to be performed."
OVER = "VolumeSizeExceedsAvailableQuota: Requested volume exceeds allowed gigabytes quota."


def answer(status: int, body: object, **headers: str) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response._content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    response.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return response


def met(service: str, status: int, body: object, *, mine: bool = False, **headers: str) -> ProviderError:
    return translate(refusal(service, answer(status, body, **headers), mine=mine))


def neutron(kind: str, message: str = "no") -> dict:
    return {"NeutronError": {"type": kind, "message": message, "detail": ""}}


@pytest.mark.parametrize(
    ("service", "status", "body", "kind", "code"),
    [
        ("compute", 403, {"forbidden": {"code": 403, "message": QUOTA}}, Rejected, Failure.QUOTA),
        ("compute", 403, {"forbidden": {"code": 403, "message": POLICY}}, Broken, Failure.SET_UP),
        ("compute", 413, {"overLimit": {"code": 413, "message": QUOTA}}, Rejected, Failure.QUOTA),
        ("compute", 404, {"itemNotFound": {"message": "Instance x could not be found."}}, Gone, Failure.LOST),
        ("compute", 409, {"conflictingRequest": {"message": "in task_state"}}, Conflict, Failure.API_DOWN),
        ("compute", 400, {"badRequest": {"message": "Flavor's disk is too small"}}, Rejected, Failure.MISMATCH),
        ("compute", 400, {"badRequest": {"message": "volume 'v' status must be 'available'"}}, Busy, Failure.API_DOWN),
        ("compute", 400, {"badRequest": {"message": "what"}}, Rejected, Failure.REFUSED),
        ("compute", 500, {"computeFault": {"message": "Unexpected API Error."}}, Busy, Failure.API_DOWN),
        ("compute", 503, "<html>", Busy, Failure.API_DOWN),
        ("block-storage", 413, {"overLimit": {"message": OVER, "retryAfter": "0"}}, Rejected, Failure.QUOTA),
        ("block-storage", 413, {"overLimit": {"message": "slow", "retryAfter": "7"}}, Busy, Failure.API_DOWN),
        ("block-storage", 400, {"badRequest": {"message": "Volume status must be available"}}, Busy, Failure.API_DOWN),
        ("network", 409, neutron("OverQuota"), Rejected, Failure.QUOTA),
        ("network", 409, neutron("IpAddressGenerationFailure"), Rejected, Failure.NO_CAPACITY),
        ("network", 409, neutron("SecurityGroupRuleExists"), Taken, Failure.NOT_OURS),
        ("network", 409, neutron("NetworkInUse"), Busy, Failure.API_DOWN),
        ("network", 404, neutron("ExternalGatewayForFloatingIPNotFound"), Broken, Failure.SET_UP),
        ("network", 404, neutron("PortNotFound"), Gone, Failure.LOST),
        ("identity", 409, {"error": {"message": "Duplicate entry"}}, Taken, Failure.NOT_OURS),
        ("identity", 403, {"error": {"message": "You are not authorized"}}, Broken, Failure.SET_UP),
        ("image", 403, {"message": "Image x is protected and cannot be deleted."}, Broken, Failure.SET_UP),
        ("placement", 418, {"errors": [{"detail": "a teapot"}]}, Broken, Failure.SET_UP),
    ],
)
def test_answer_means(service: str, status: int, body: object, kind: type[ProviderError], code: Failure) -> None:
    error = met(service, status, body)
    assert type(error) is kind
    assert error.code == code


def test_image_that_is_protected_is_for_a_person() -> None:
    html = "<html><body>Image 1 is protected and cannot be deleted.</body></html>"
    assert isinstance(met("image", 403, html), Rejected)


def test_waiting_time_is_what_the_service_says() -> None:
    asked = met("compute", 429, "", Retry_After="12")
    assert isinstance(asked, Busy)
    assert asked.retry_after == 12
    assert not asked.unavailable


def test_one_service_user_does_not_pause_the_cloud() -> None:
    body = {"error": {"code": 401, "message": "The request you have made requires authentication."}}
    assert isinstance(met("compute", 401, body), Broken)
    assert isinstance(met("compute", 401, body, mine=True), Rejected)


def test_no_secret_comes_back_in_words() -> None:
    sent = {"user": {"name": "ada", "password": "s3cret-value"}, "rows": [{"secret": "other-secret"}]}
    body = {"error": {"message": "Invalid input: 's3cret-value' and 'other-secret' are too short"}}
    words = translate(refusal("identity", answer(400, body), mine=False, sent=sent)).words
    assert "s3cret-value" not in words
    assert "other-secret" not in words


def test_words_are_cut_short() -> None:
    assert len(met("compute", 400, {"badRequest": {"message": "x" * 5000}}).words) < 400


@pytest.mark.parametrize(
    ("raised", "kind", "unavailable"),
    [
        (ksa.ConnectTimeout("t"), Busy, True),
        (ksa.ConnectFailure("t"), Busy, True),
        (ksa.UnknownConnectionError("t", OSError()), Busy, True),
        (ksa.SSLError("t"), Broken, False),
        (ksa.Unauthorized("t"), Broken, False),
        (ksa.EndpointNotFound("t"), Broken, False),
        (ksa.InternalServerError("t", http_status=500), Busy, False),
        (OSError("t"), Busy, False),
    ],
)
def test_what_the_libraries_raise(raised: Exception, kind: type[ProviderError], unavailable: bool) -> None:
    with pytest.raises(ProviderError) as caught, translated(Asked("compute")):
        raise raised
    assert type(caught.value) is kind
    assert getattr(caught.value, "unavailable", False) is unavailable


def test_other_faults_stay_what_they_are() -> None:
    with pytest.raises(KeyError), translated(Asked("compute")):
        raise KeyError("ours")
