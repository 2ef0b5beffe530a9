"""to_gguf.py FOLDER OUT.gguf f32|f16: a Qwen2 model folder in llama.cpp's format, with tokens without meaning: for speed only."""

import json
import sys

import gguf
import numpy as np
import torch
from safetensors import safe_open

folder, out, kind = sys.argv[1:]
config = json.load(open(f"{folder}/config.json"))
writer = gguf.GGUFWriter(out, "qwen2")
writer.add_context_length(4096)
writer.add_embedding_length(config["hidden_size"])
writer.add_block_count(config["num_hidden_layers"])
writer.add_feed_forward_length(config["intermediate_size"])
writer.add_head_count(config["num_attention_heads"])
writer.add_head_count_kv(config["num_key_value_heads"])
writer.add_rope_freq_base(config["rope_theta"])
writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
writer.add_file_type(gguf.LlamaFileType.ALL_F32 if kind == "f32" else gguf.LlamaFileType.MOSTLY_F16)
size = config["vocab_size"]
writer.add_tokenizer_model("gpt2")
writer.add_tokenizer_pre("qwen2")
writer.add_token_list([f"t{i}" for i in range(size)])
writer.add_token_types([gguf.TokenType.NORMAL] * size)
writer.add_token_merges(["t 0"])
writer.add_eos_token_id(size - 1)
writer.add_add_bos_token(False)

names = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}
parts = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
with safe_open(f"{folder}/model.safetensors", "pt") as file:
    for name in file.keys():
        module, field = name.rsplit(".", 1)
        if module in names:
            there = names[module]
        else:
            _, _, layer, part = module.split(".", 3)
            there = f"blk.{layer}.{parts[part]}"
        tensor = file.get_tensor(name).to(torch.float32).numpy()
        writer.add_tensor(f"{there}.{field}", tensor.astype(np.float16) if kind == "f16" and tensor.ndim > 1 else tensor)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
