# The microkernel and its components: freestanding aarch64, always built by clang-19 and lld-19, whatever
# compiler builds the rest.
#
# bh_component_image(NAME SOURCES a.cpp .. [INCLUDES dir ..] [DEFINES X=1 ..] [DEPENDS target ..])
#   ${CMAKE_BINARY_DIR}/microkernel/NAME.elf from the sources and the user library; target NAME_image.
find_program(BH_CROSS_CXX clang++-19 REQUIRED)
find_program(BH_CROSS_LD ld.lld-19 REQUIRED)

set(BH_ARCH aarch64) # the folder of targets/microkernel/arch
set(BH_MICROKERNEL_DIR ${PROJECT_SOURCE_DIR}/targets/microkernel)
set(BH_MICROKERNEL_OUT ${CMAKE_BINARY_DIR}/microkernel)
set(arch_flags_file ${BH_MICROKERNEL_DIR}/arch/${BH_ARCH}/compile.flags)
file(STRINGS ${arch_flags_file} BH_ARCH_FLAGS)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${arch_flags_file})
set(BH_CROSS_FLAGS ${BH_ARCH_FLAGS} -std=gnu++20 -O2 -ffreestanding -fno-exceptions -fno-rtti
  -fno-threadsafe-statics -fno-asynchronous-unwind-tables -fno-unwind-tables -fno-stack-protector -fno-pic
  -fno-ident -Wall -Wextra -Wshadow -Wno-register -Werror
  -ffile-prefix-map=${PROJECT_SOURCE_DIR}=. -I${PROJECT_SOURCE_DIR})
set(BH_CROSS_LINK_FLAGS -static --build-id=none -z max-page-size=4096 -z noexecstack --fatal-warnings)

# Compiles one source by a custom command with a dependency file; returns the object.
function(bh_cross_object out source prefix)
  cmake_parse_arguments(arg "" "" "FLAGS;DEPENDS" ${ARGN})
  cmake_path(GET source FILENAME leaf)
  set(object ${BH_MICROKERNEL_OUT}/${prefix}/${leaf}.o)
  add_custom_command(OUTPUT ${object}
    COMMAND ${CMAKE_CXX_COMPILER_LAUNCHER} ${BH_CROSS_CXX} ${BH_CROSS_FLAGS} ${arg_FLAGS}
            -MD -MF ${object}.d -c ${source} -o ${object}
    DEPENDS ${source} ${arg_DEPENDS} DEPFILE ${object}.d VERBATIM)
  file(MAKE_DIRECTORY ${BH_MICROKERNEL_OUT}/${prefix})
  set(${out} ${object} PARENT_SCOPE)
endfunction()

function(bh_cross_link elf script)
  add_custom_command(OUTPUT ${elf}
    COMMAND ${BH_CROSS_LD} ${BH_CROSS_LINK_FLAGS} -T ${script} ${ARGN} -o ${elf}
    DEPENDS ${script} ${ARGN} VERBATIM)
endfunction()

function(bh_component_image name)
  cmake_parse_arguments(arg "" "" "SOURCES;INCLUDES;DEFINES;DEPENDS" ${ARGN})
  set(flags ${arg_INCLUDES})
  list(TRANSFORM flags PREPEND -I)
  list(TRANSFORM arg_DEFINES PREPEND -D)
  set(objects "")
  foreach(source IN LISTS arg_SOURCES)
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
    bh_cross_object(object ${source} ${name} FLAGS ${flags} ${arg_DEFINES} DEPENDS ${arg_DEPENDS})
    list(APPEND objects ${object})
  endforeach()
  bh_cross_object(object ${BH_MICROKERNEL_DIR}/user/bulkhead.cpp ${name})
  set(elf ${BH_MICROKERNEL_OUT}/${name}.elf)
  bh_cross_link(${elf} ${BH_MICROKERNEL_DIR}/user/component.ld ${objects} ${object})
  add_custom_target(${name}_image ALL DEPENDS ${elf})
endfunction()
