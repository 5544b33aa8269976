(module
  (import "gryph" "memory" (memory 0))
  (func $gemm
    (local $i*64 i32) (local $i*32 i32) (local $j*4 i32) (local $i*32+j*4 i32) (local $sum00 v128)
    (local $sum10 v128) (local $i*64+k*4 i32) (local $j*4+k*32 i32) (local $k i32) (local $a0 v128)
    (local $a1 v128) (local $b0 v128)
    ;; tiles of 2 x 4
    i32.const 0
    local.set $i*64
    i32.const 0
    local.set $i*32
    loop $i ;; 6 by 2
      i32.const 0
      local.set $j*4
      local.get $i*32
      local.set $i*32+j*4
      loop $j ;; 8 by 4
        v128.const i32x4 0x0 0x0 0x0 0x0 ;; f32:0
        local.set $sum00
        v128.const i32x4 0x0 0x0 0x0 0x0 ;; f32:0
        local.set $sum10
        local.get $i*64
        local.set $i*64+k*4
        local.get $j*4
        local.set $j*4+k*32
        i32.const 16
        local.set $k
        loop $k ;; 16 times
          local.get $i*64+k*4
          v128.load32_splat offset=64 ;; a
          local.set $a0
          local.get $i*64+k*4
          v128.load32_splat offset=128 ;; a
          local.set $a1
          local.get $j*4+k*32
          v128.load offset=1088 ;; b
          local.set $b0
          local.get $a0
          local.get $b0
          local.get $sum00
          f32x4.relaxed_madd
          local.set $sum00
          local.get $a1
          local.get $b0
          local.get $sum10
          f32x4.relaxed_madd
          local.set $sum10
          local.get $i*64+k*4
          i32.const 4
          i32.add
          local.set $i*64+k*4
          local.get $j*4+k*32
          i32.const 32
          i32.add
          local.set $j*4+k*32
          local.get $k
          i32.const -1
          i32.add
          local.tee $k
          br_if $k
        end
        local.get $i*32+j*4
        local.get $sum00
        v128.store offset=2112 ;; c
        local.get $i*32+j*4
        local.get $sum10
        v128.store offset=2144 ;; c
        local.get $i*32+j*4
        i32.const 16
        i32.add
        local.set $i*32+j*4
        local.get $j*4
        i32.const 16
        i32.add
        local.tee $j*4
        i32.const 32
        i32.ne
        br_if $j
      end
      local.get $i*32
      i32.const 64
      i32.add
      local.set $i*32
      local.get $i*64
      i32.const 128
      i32.add
      local.tee $i*64
      i32.const 384
      i32.ne
      br_if $i
    end)
  (func $run (result i32)
    call $gemm
    i32.const 0)
  (export "run" (func $run)))
