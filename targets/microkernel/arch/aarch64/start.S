// Start, traps, and the way back to a component. The processor enters _start at EL1 with the MMU off.

#define KERNEL_OFFSET 0xffffff8000000000
#define SVC_SYNDROME 0x56000000  // class 0x15, 32-bit instruction; the low 16 bits are the number
#define CONTEXT_SP 248        // offsets of struct Context, checked in layout.h
#define CONTEXT_PC 256
#define CONTEXT_MAP 272

// ---- start ---------------------------------------------------------------------------------------------
        .section .text.start, "ax"
        .global _start
_start: mrs     x0, mpidr_el1
        and     x0, x0, #0xff
        cbnz    x0, park
        adrp    x0, bss_start
        adrp    x1, bss_end
0:      stp     xzr, xzr, [x0], #16
        cmp     x0, x1
        b.lo    0b

        // A first map for the boot alone: both halves show the first two GiB, devices and memory. boot()
        // replaces it before any component exists.
        adrp    x0, boot_map
        ldr     x1, =0x0060000000000401         // device, no execute
        ldr     x2, =0x0040000040000705         // memory
        stp     x1, x2, [x0]
        msr     ttbr0_el1, x0
        msr     ttbr1_el1, x0
        mov     x1, #0xff00                     // attribute 0 device, 1 write-back memory
        msr     mair_el1, x1
        ldr     x1, =0x12b5193519               // 39-bit halves, 4-KiB pages, 16-bit ASIDs
        msr     tcr_el1, x1
        tlbi    vmalle1
        dsb     ish
        isb
        ldr     x1, =0x30d0181d                 // MMU, caches, stack alignment; nothing for EL0
        msr     sctlr_el1, x1
        isb
        ldr     x1, =high
        br      x1
high:   ldr     x0, =stack_end
        mov     sp, x0
        ldr     x0, =vectors
        msr     vbar_el1, x0
        msr     cpacr_el1, xzr                  // no floating point: it traps
        msr     mdscr_el1, xzr
        isb
        bl      boot
park:   wfe
        b       park

// ---- traps from a component ------------------------------------------------------------------------------
// While a component runs, sp_el1 points at its struct Component, whose first member is the Context.
        .macro save_scratch
        stp     x8, x9, [sp, #64]
        stp     x10, x11, [sp, #80]
        stp     x12, x13, [sp, #96]
        stp     x14, x15, [sp, #112]
        stp     x16, x17, [sp, #128]
        .endm

        .macro save pstate
        stp     x0, x1, [sp]
        stp     x2, x3, [sp, #16]
        stp     x4, x5, [sp, #32]
        stp     x6, x7, [sp, #48]
        stp     x18, x19, [sp, #144]
        stp     x20, x21, [sp, #160]
        stp     x22, x23, [sp, #176]
        stp     x24, x25, [sp, #192]
        stp     x26, x27, [sp, #208]
        stp     x28, x29, [sp, #224]
        mrs     x9, sp_el0
        mrs     x10, elr_el1
        stp     x30, x9, [sp, #CONTEXT_SP - 8]
        stp     x10, \pstate, [sp, #CONTEXT_PC]
        mov     x0, sp
        adrp    x9, stack_end
        mov     sp, x9
        .endm

        .macro enter
        save_scratch
        mrs     x11, spsr_el1
        save    x11
        .endm

        .text
        .balign 64
from_component:
        // A system call gives up x8..x17 and the flags: the component finds older values of its own there, so
        // they need no saving. (For an exception they are lost: the component is stopped.)
        save    xzr
        mrs     x1, esr_el1
        mov     w2, #SVC_SYNDROME
        adr     x30, resume
        sub     w3, w1, w2
        cbz     w3, trap_call                   // 0 is BH_CALL, 2 is BH_REPLY_AND_RECEIVE
        cmp     w3, #2
        b.eq    trap_reply_and_receive
        lsr     w2, w3, #16
        cbnz    w2, 0f
        mov     w1, w3
        b       trap_system_call
0:      mrs     x2, far_el1
        b       trap_exception

interrupt_from_component:
        enter
        bl      trap_interrupt
        // falls through

// resume(struct Component*): runs the component; does not return. eret orders the change of the map.
        .global resume
resume: ldr     x9, [x0, #CONTEXT_MAP]
        ldp     x10, x11, [x0, #CONTEXT_PC]
        ldp     x30, x12, [x0, #CONTEXT_SP - 8]
        msr     ttbr0_el1, x9
        msr     elr_el1, x10
        msr     spsr_el1, x11
        msr     sp_el0, x12
        msr     tpidr_el0, xzr                  // EL0 may write it: nobody finds what another left there
        mov     sp, x0
        ldp     x2, x3, [sp, #16]
        ldp     x4, x5, [sp, #32]
        ldp     x6, x7, [sp, #48]
        ldp     x8, x9, [sp, #64]
        ldp     x10, x11, [sp, #80]
        ldp     x12, x13, [sp, #96]
        ldp     x14, x15, [sp, #112]
        ldp     x16, x17, [sp, #128]
        ldp     x18, x19, [sp, #144]
        ldp     x20, x21, [sp, #160]
        ldp     x22, x23, [sp, #176]
        ldp     x24, x25, [sp, #192]
        ldp     x26, x27, [sp, #208]
        ldp     x28, x29, [sp, #224]
        ldp     x0, x1, [sp]
        eret

other_from_component:
        enter
        mrs     x1, esr_el1
        mrs     x2, far_el1
        bl      trap_exception
        b       resume

// An exception inside the kernel. Nothing on the stack is needed any more.
from_kernel:
        adrp    x9, stack_end
        mov     sp, x9
        mrs     x0, esr_el1
        mrs     x1, far_el1
        mrs     x2, elr_el1
        bl      trap_kernel_fault
        b       park

        .macro vector to
        .balign 128
        b       \to
        .endm
        .balign 2048
vectors:
        .rept 8                                 // from EL1, on either stack
        vector  from_kernel
        .endr
        vector  from_component                  // from EL0: synchronous, IRQ, FIQ, SError
        vector  interrupt_from_component
        vector  other_from_component
        vector  other_from_component
        .rept 4                                 // from 32-bit EL0, which the kernel never enters
        vector  other_from_component
        .endr

// exit_system(status): ends the emulated machine (semihosting SYS_EXIT, ADP_Stopped_ApplicationExit).
        .global exit_system
exit_system:
        ldr     x1, =0x20026
        stp     x1, x0, [sp, #-16]!
        mov     x1, sp
        mov     w0, #0x18
        hlt     #0xf000
        b       park

        .section .bss
        .balign 4096
        .global stack_guard
stack_guard:                                    // no longer mapped once boot_map has served
boot_map:
        .skip   4096
        .skip   16384                           // grows down towards boot_map
stack_end:
