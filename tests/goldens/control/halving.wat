(module
  (import "gryph" "memory" (memory 0))
  (func $k0_copy
    (local $v128_temporary v128)
    i32.const 0
    i32.const 0
    v128.load ;; x
    v128.store offset=320 ;; copy
    i32.const 0
    v128.load offset=16 ;; x
    local.set $v128_temporary
    i32.const 0
    local.get $v128_temporary
    v128.store32_lane offset=336 0 ;; copy
  )
  (func $k1_sum_greaterEqual
    (local $s0 v128) (local $s1 v128) (local $w0 v128) (local $r0 f32)
    v128.const i32x4 0x0 0x0 0x0 0x0 ;; f32:0
    local.set $s0
    v128.const i32x4 0x0 0x0 0x0 0x0 ;; f32:0
    local.set $s1
    local.get $s0
    i32.const 0
    v128.load offset=384 ;; v
    f32x4.add
    local.set $s0
    local.get $s1
    i32.const 0
    v128.load offset=400 ;; v
    v128.const i32x4 0xffffffff 0x0 0x0 0x0 ;; first_1_of_4
    v128.and
    f32x4.add
    local.set $s1
    local.get $s0
    local.get $s1
    f32x4.add
    local.set $w0
    local.get $w0
    f32x4.extract_lane 0
    local.get $w0
    f32x4.extract_lane 2
    f32.add
    local.get $w0
    f32x4.extract_lane 1
    local.get $w0
    f32x4.extract_lane 3
    f32.add
    f32.add
    local.set $r0
    i32.const 0
    local.get $r0
    i32.const 0
    f32.load offset=128 ;; limit
    f32.ge
    i32.store8 offset=192 ;; greaterEqual
  )
  (func $k2_mul
    (local $v128_temporary v128)
    i32.const 0
    i32.const 0
    v128.load offset=448 ;; v_1
    v128.const i32x4 0x3f000000 0x3f000000 0x3f000000 0x3f000000 ;; f32:0.5
    f32x4.mul
    v128.store offset=512 ;; mul
    i32.const 0
    v128.load offset=464 ;; v_1
    v128.const i32x4 0x3f000000 0x3f000000 0x3f000000 0x3f000000 ;; f32:0.5
    f32x4.mul
    local.set $v128_temporary
    i32.const 0
    local.get $v128_temporary
    v128.store32_lane offset=528 0 ;; mul
  )
  (func $run (result i32)
    (local $pass i32)
    call $k0_copy
    i32.const 0
    local.set $pass
    loop $passes
      i32.const 0
      local.get $pass
      i32.store offset=64 ;; result
      call $k1_sum_greaterEqual
      i32.const 0
      i32.load8_u offset=192 ;; greaterEqual
      if ;; the condition holds
        call $k2_mul
        local.get $pass
        i32.const 1
        i32.add
        local.set $pass
        br $passes
      end
    end
    i32.const 0)
  (export "run" (func $run)))
