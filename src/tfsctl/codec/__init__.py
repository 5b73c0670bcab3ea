"""Bytes to numpy and back: JSON as TF Serving's REST API has it, TensorProto as its gRPC API has it.

    json_tensor      the server's side of REST: request body -> arrays, arrays -> answer, error body
    json_request     the client's side of it: arrays -> request body
    json_response    the client's side of it: answer -> arrays
    tensor_proto     TensorProto <-> arrays
    predict_wire     whole gRPC Predict messages, as bytes
    inference_wire   the answers of gRPC's Classify, Regress and MultiInference, as bytes
    example          JSON -> tf.Example for classify and regress (by `example_fast`, `example_exact`), and their answers
    dtypes           data types of TensorFlow <-> numpy

**The two paths of a JSON request.** A good request should be fast, a bad one should get TF Serving's own text. So there
are two decoders. The fast path (`json_fast`, and `json_bulk` for large numeric bodies) uses orjson, simdjson and numpy.
It never reports an error: whenever it meets something that it does not take, or that those libraries could understand
in another way than TF Serving does, it gives up. Then the exact path decides: `json_parse` (a parser of our own, with
`json_number`, `json_string`, `json_value`) and `json_exact` (with `json_dense`, `json_dump`), which know every oddity
and every text of tensorflow-serving.md §1.5-1.9. Where both decode a body they agree to the bit; the tests compare them
on random, valid and broken bodies. What makes the fast path give up, because a library differs:

* a key that stands twice in an object (orjson keeps the last, TF Serving the first): found by counting colons;
* zero with an exponent, `0e999`, which TF Serving calls too big;
* `true` among numbers, which numpy takes for 1;
* NaN, Infinity, bytes after the root, a byte order mark, invalid UTF-8, integers and nesting beyond the libraries'
  limits: they refuse these themselves;
* everything that is wrong in any way.
"""
