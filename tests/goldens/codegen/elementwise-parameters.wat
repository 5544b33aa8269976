(module
  (import "gryph" "memory" (memory 1))
  (func $scale__add___clip (param $p0 i32) (param $p1 i32) (param $p2 i32)
    (local $p2+i*4 i32) (local $p0+i*4 i32) (local $p1+i*4 i32) (local $i i32) (local $f32:0.5 v128)
    (local $f32:0 v128)
    v128.const i32x4 0x3f000000 0x3f000000 0x3f000000 0x3f000000
    local.set $f32:0.5
    v128.const i32x4 0x0 0x0 0x0 0x0
    local.set $f32:0
    local.get $p2
    local.set $p2+i*4
    local.get $p0
    local.set $p0+i*4
    local.get $p1
    local.set $p1+i*4
    i32.const 16
    local.set $i
    loop $i ;; 64 by 4
      local.get $p2+i*4
      local.get $p0+i*4
      v128.load ;; x
      local.get $f32:0.5
      f32x4.mul
      local.get $p1+i*4
      v128.load ;; y
      f32x4.add
      local.get $f32:0
      f32x4.pmax
      v128.store ;; result
      local.get $p2+i*4
      i32.const 16
      i32.add
      local.set $p2+i*4
      local.get $p0+i*4
      i32.const 16
      i32.add
      local.set $p0+i*4
      local.get $p1+i*4
      i32.const 16
      i32.add
      local.set $p1+i*4
      local.get $i
      i32.const -1
      i32.add
      local.tee $i
      br_if $i
    end)
  (func $run (param $p0 i32) (param $p1 i32) (param $p2 i32) (result i32)
    local.get $p0
    local.get $p1
    local.get $p2
    call $scale__add___clip
    i32.const 0)
  (export "run" (func $run)))
