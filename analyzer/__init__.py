"""aks-preflight: collect a cluster once, then judge the snapshot, purely, step by step."""
