"""Batch normalisation folded into the convolutions before it: the same answers in fewer steps, for use only."""

from typing import cast

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from models.backbone import EfficientNetLite0
from models.network import Network

PAIRS = (("_expand_conv", "_bn0"), ("_depthwise_conv", "_bn1"), ("_project_conv", "_bn2"))


def fused(network: Network) -> Network:
    """The network itself, changed; it cannot be trained any further."""
    body = cast(EfficientNetLite0, network.backbone)
    for part, pairs in [(body, (("_conv_stem", "_bn0"), ("_conv_head", "_bn1"))), *((b, PAIRS) for b in body._blocks)]:
        for convolution, norm in pairs:
            if hasattr(part, convolution):
                both = fuse_conv_bn_eval(getattr(part, convolution), getattr(part, norm))
                setattr(part, convolution, both)
                setattr(part, norm, nn.Identity())
    return network
