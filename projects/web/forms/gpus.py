"""What is asked about GPUs beside flavors and jobs: the same field on each page."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from projects.errors import Invalid
from projects.facts import gpu_facts
from projects.services.gpus import clean_release
from projects.web.forms.text import Line


class GpuFields(forms.Form):
    """With which CUDA."""

    title = "GPUs"  # how messages name it

    cuda = Line(label="CUDA version", max_length=20, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        built = ", ".join(f"{span} for {architecture}" for architecture, span in gpu_facts().cuda.items())
        self.fields["cuda"].help_text = f"If you need GPUs: what your code is built with. NVIDIA builds {built}."

    def clean_cuda(self) -> str:
        """A release as it is kept, or nothing."""
        try:
            return clean_release(typed, field="cuda") if (typed := self.cleaned_data["cuda"]) else ""
        except Invalid as error:
            raise ValidationError(str(error)) from error
