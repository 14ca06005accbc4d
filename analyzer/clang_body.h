// The facts of one function body or one initialiser.
#pragma once

#include <clang/AST/Expr.h>
#include <clang/AST/ExprCXX.h>
#include <clang/Analysis/CFG.h>
#include <clang/Lex/Preprocessor.h>
#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/DenseSet.h>

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "analyzer/clang_names.h"
#include "analyzer/clang_tested.h"
#include "core/facts/facts.h"

namespace bh {

// A pointer to a function, or a pointer to, reference to or array of such.
bool is_function_pointer(clang::QualType type);
inline bool is_whole_number(clang::QualType type) { return type->isIntegralOrEnumerationType(); }
bool holds_function(const Value& value);
bool holds_result(const Value& value);

// Whether the slot is not one function's own.
inline bool outlives_function(std::string_view slot) {
  return slot.starts_with("field:") || slot.starts_with("global:");
}

// Without brackets and casts; of a block that gives a value, `({ int r = f(); r; })`, its last
// expression.
const clang::Expr* unwrapped(const clang::Expr* expression);

class ClangBody {
 public:
  ClangBody(clang::ASTContext& context, clang::Preprocessor& preprocessor, ClangNames& names,
            Facts& facts)
      : context_(context), preprocessor_(preprocessor), names_(names), facts_(facts) {}

  // A function with a body.
  void function(const clang::FunctionDecl* function);
  // A variable with static storage that is defined here.
  void global(const clang::VarDecl* variable);

 private:
  // What a statement does, given the block it stands in.
  void visit(const clang::Stmt* statement);
  void visit_call(const clang::CallExpr* call);
  void visit_reference(const clang::DeclRefExpr* reference);
  void visit_binary(const clang::BinaryOperator* binary);
  void visit_unary(const clang::UnaryOperator* unary);
  void visit_member(const clang::MemberExpr* member);
  void visit_declarations(const clang::DeclStmt* declarations);
  void visit_list(const clang::InitListExpr* list);
  // What an aggregate is made of. `member`: the one that is initialised, of a union.
  void visit_elements(clang::QualType type, llvm::ArrayRef<clang::Expr*> elements,
                      const clang::FieldDecl* member, clang::SourceLocation at);
  void visit_initialiser(const clang::CXXCtorInitializer& initialiser);
  void visit_inherited(const clang::CXXInheritedCtorInitExpr* inherited);
  void visit_captures(const clang::LambdaExpr* lambda);
  void visit_destructor(const clang::CFGElement& element);
  void visit_tree(const clang::Stmt* root);
  void visit_cases(const clang::CFGBlock& block);

  bool leads_on(const clang::FunctionDecl* callee);
  void add_call(const clang::FunctionDecl* callee, clang::SourceLocation at, CallHow how,
                std::vector<Value> arguments, std::string block);
  void add_store(std::string slot, clang::SourceLocation at, StoreHow how, Value value);
  // What the initialiser of a variable or field puts into its slot, which the elements of an array
  // share; those of a record have slots of their own. `at`: where it has no place of its own.
  void add_initial(const std::string& slot, clang::QualType type, const clang::Expr* init,
                   clang::SourceLocation at, bool functions_only);
  void add_indirect(const clang::CallExpr* call, const Value& through, clang::QualType type,
                    const std::vector<Value>& arguments);
  void add_reference(clang::SourceLocation at, UseHow how, Atom target);
  void add_passes(const clang::CallExpr* call, const std::string& callee);
  void add_record(const clang::RecordDecl* record);
  bool is_followed(const clang::Expr* assigned, const std::string& slot, const Value& stored) const;

  Value value(const clang::Expr* expression);
  Atom atom(const clang::Expr* expression);
  std::string written_as(const clang::Expr* expression);
  std::optional<Atom> bits(const clang::Expr* expression);
  std::string constant_names(const clang::Expr* expression);
  std::optional<std::string> slot(const clang::Expr* expression);
  std::optional<std::string> variable_slot(const clang::ValueDecl* declaration);
  std::optional<std::string> reference_slot(const clang::DeclRefExpr* reference);
  static std::string captured_slot(const std::string& closure, const clang::ValueDecl* variable);

  // Prepares what is known before any statement is visited.
  void note_uses(const clang::Stmt* statement);
  void note_use(const clang::Expr* expression, UseHow how);
  void note_passed(const clang::Expr* expression);
  void find_aliases(const clang::CFG& cfg);
  std::string condition(const clang::Expr* expression);
  std::optional<bool> truth_of_choice(const clang::Expr* expression);
  std::string leaf(const clang::Expr* expression);
  std::string masked(const clang::BinaryOperator* both);
  std::string base(const clang::Expr* expression);
  void note_assigned(const clang::CFGBlock& block, FlowBlock& out);
  void note_assigned(const clang::Expr* to, const clang::Expr* from, FlowBlock& out);
  void note_assigned(const std::string& slot, std::string value, FlowBlock& out);
  std::string kept_value(const clang::Expr* from, clang::QualType type);
  FlowBlock flow_block(const clang::CFGBlock& block);
  void make_flow(const clang::CFG& cfg);
  void visit_blocks(const clang::CFG& cfg);
  std::string block_name(unsigned id) const;

  clang::ASTContext& context_;
  clang::Preprocessor& preprocessor_;
  ClangNames& names_;
  Facts& facts_;

  std::string owner_;
  bool generated_ = false;  // nobody wrote the owner for this program
  std::string closure_;     // the record of what it captured, of a lambda
  std::string block_;       // of the statement being visited
  std::string flow_id_;
  uint32_t order_ = 0;  // calls recorded in the block so far
  std::string table_;   // the variable whose initialiser is visited
  uint32_t rows_ = 0;
  llvm::DenseSet<const clang::Expr*> callees_;       // references that are called, not taken
  llvm::DenseMap<const clang::Expr*, UseHow> uses_;  // of variables and fields; none: address
  llvm::DenseSet<const clang::ValueDecl*> passed_;   // locals that are passed or returned
  std::unordered_set<std::string> recorded_;         // references of this owner
  llvm::DenseSet<const clang::ValueDecl*> escaped_;
  llvm::DenseSet<const clang::ValueDecl*> aliases_;  // locals that are other names of a variable
  llvm::DenseMap<const clang::Expr*, unsigned> block_of_;  // of references to functions
  const TestedValues* tested_ = nullptr;                   // while a block is visited
};

}  // namespace bh
