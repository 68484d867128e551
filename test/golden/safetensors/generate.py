"""Writes from-python.safetensors, which test/io/golden.test.ts reads.

Made with Python 3.11.7, safetensors 0.8.0, numpy 1.26.4. No randomness. Run: python generate.py
"""

import os

import numpy as np
from safetensors import TensorSpec, serialize_file

halves = np.array([0.0, -0.0, 1.0, -2.5, 65504.0, 2.0**-24, 2.0**-14, 1.0 / 3, np.inf, -np.inf, np.nan], np.float16)
brain = np.array([0x3F80, 0xC049, 0x7F80, 0x0001], np.uint16)  # bit patterns of 1, -3.140625, infinity, 2^-133

arrays = {
    "weight": ("float32", np.arange(12, dtype=np.float32).reshape(3, 4) / 8),
    "double": ("float64", np.array([1 / 3, -1e300])),
    "count": ("int64", np.array([2**62 + 1, -1], np.int64)),
    "index": ("int32", np.array([[-(2**31)], [7]], np.int32)),
    "byte": ("uint8", np.array([0, 127, 255], np.uint8)),
    "half": ("float16", halves),
    "brain": ("bfloat16", brain),
    "scalar": ("float32", np.array(2.5, np.float32)),
    "empty": ("float32", np.zeros((0, 3), np.float32)),
}
tensors = {
    name: TensorSpec(dtype=dtype, shape=array.shape, data_ptr=array.ctypes.data, data_len=array.nbytes)
    for name, (dtype, array) in arrays.items()
}

here = os.path.dirname(os.path.abspath(__file__))
serialize_file(tensors, os.path.join(here, "from-python.safetensors"), {"madeBy": "Python", "word": "Größe"})
