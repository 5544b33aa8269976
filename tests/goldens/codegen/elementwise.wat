(module
  (import "gryph" "memory" (memory 1))
  (func $scale__add___clip
    (local $i*4 i32) (local $f32:0.5 v128) (local $f32:0 v128)
    v128.const i32x4 0x3f000000 0x3f000000 0x3f000000 0x3f000000
    local.set $f32:0.5
    v128.const i32x4 0x0 0x0 0x0 0x0
    local.set $f32:0
    i32.const 0
    local.set $i*4
    loop $i ;; 64 by 4
      local.get $i*4
      local.get $i*4
      v128.load offset=64 ;; x
      local.get $f32:0.5
      f32x4.mul
      local.get $i*4
      v128.load offset=1088 ;; y
      f32x4.add
      local.get $f32:0
      f32x4.pmax
      v128.store offset=2112 ;; result
      local.get $i*4
      i32.const 16
      i32.add
      local.tee $i*4
      i32.const 256
      i32.ne
      br_if $i
    end)
  (func $run (result i32)
    call $scale__add___clip
    i32.const 0)
  (export "run" (func $run)))
