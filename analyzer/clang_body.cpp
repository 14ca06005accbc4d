#include "analyzer/clang_body.h"

#include <clang/AST/ExprCXX.h>
#include <clang/AST/StmtCXX.h>

namespace bh {
namespace {

using namespace clang;

// A pointer to a function, or a pointer to or array of such.
bool is_function_pointer(QualType type) {
  type = type.getNonReferenceType().getCanonicalType();
  while (true) {
    if (type->isFunctionType() || type->isBlockPointerType() || type->isMemberFunctionPointerType())
      return true;
    if (const auto* pointer = type->getAs<PointerType>())
      type = pointer->getPointeeType();
    else if (const ArrayType* array = type->getAsArrayTypeUnsafe())
      type = array->getElementType();
    else
      return false;
  }
}

bool holds_function(const Value& value) {
  for (const Atom& atom : value.alternatives)
    if (atom.kind == AtomKind::Function) return true;
  return false;
}

bool outlives_function(std::string_view slot) {
  return slot.starts_with("field:") || slot.starts_with("global:");
}

// The functions among the alternatives of a callee: `(c ? f : g)(x)`, `(*f)(x)`.
std::vector<const DeclRefExpr*> called_references(const Expr* callee) {
  std::vector<const DeclRefExpr*> found;
  std::vector<const Expr*> stack = {callee};
  while (!stack.empty()) {
    const Expr* e = stack.back()->IgnoreParenCasts();
    stack.pop_back();
    if (const auto* choice = dyn_cast<ConditionalOperator>(e)) {
      stack.push_back(choice->getFalseExpr());
      stack.push_back(choice->getTrueExpr());
    } else if (const auto* unary = dyn_cast<UnaryOperator>(e);
               unary && (unary->getOpcode() == UO_Deref || unary->getOpcode() == UO_AddrOf)) {
      stack.push_back(unary->getSubExpr());
    } else if (const auto* reference = dyn_cast<DeclRefExpr>(e);
               reference && isa<FunctionDecl>(reference->getDecl())) {
      found.push_back(reference);
    } else {
      return {};
    }
  }
  return found;
}

}  // namespace

// ---- entry points
// -----------------------------------------------------------------------------------------

void ClangBody::function(const FunctionDecl* function) {
  owner_ = names_.definition(function);
  table_.clear();
  block_.clear();
  facts_.functions.push_back(
      {owner_, names_.link_name(function), names_.function_type(function->getType()),
       names_.place(function->getLocation()), names_.line(function->getBodyRBrace())});
  CFG::BuildOptions options;
  options.setAllAlwaysAdd();
  options.AddImplicitDtors = true;
  options.AddTemporaryDtors = true;
  options.AddInitializers = true;
  std::unique_ptr<CFG> cfg = CFG::buildCFG(function, function->getBody(), &context_, options);
  if (!cfg) {
    facts_.specials.push_back(
        {owner_, names_.place(function->getLocation()), "", SpecialKind::NoFlow});
    visit_tree(function->getBody());
    return;
  }
  visit_blocks(*cfg);
}

void ClangBody::global(const VarDecl* variable) {
  std::string name = names_.global(variable);
  facts_.globals.push_back(
      {name, names_.type(variable->getType()), names_.place(variable->getLocation())});
  const Expr* init = variable->getInit();
  if (!init) return;
  ClangBody inner(context_, preprocessor_, names_, facts_);
  inner.owner_ = "=" + name;
  inner.table_ = name;
  if (is_function_pointer(variable->getType()))
    inner.add_store("global:" + name, init->getExprLoc(), StoreHow::Assign, inner.value(init));
  inner.visit_tree(init);
}

// ---- walks
// ------------------------------------------------------------------------------------------------

void ClangBody::visit_tree(const Stmt* root) {
  std::vector<const Stmt*> order, stack = {root};
  while (!stack.empty()) {
    const Stmt* statement = stack.back();
    stack.pop_back();
    if (!statement) continue;
    if (const auto* expression = dyn_cast<UnaryExprOrTypeTraitExpr>(statement);
        expression && !expression->getTypeOfArgument()->isVariableArrayType())
      continue;  // an operand that is never evaluated
    order.push_back(statement);
    std::vector<const Stmt*> children(statement->child_begin(), statement->child_end());
    stack.insert(stack.end(), children.rbegin(), children.rend());
  }
  for (const Stmt* statement : order) note_uses(statement);
  for (const Stmt* statement : order) visit(statement);
}

void ClangBody::visit_blocks(const CFG& cfg) {
  callees_.clear();
  quiet_.clear();
  escaped_.clear();
  block_of_.clear();
  for (const CFGBlock* block : cfg)
    for (const CFGElement& element : *block)
      if (std::optional<CFGStmt> s = element.getAs<CFGStmt>()) {
        block_of_[s->getStmt()] = block->getBlockID();
        note_uses(s->getStmt());
      }
  for (const CFGBlock* block : cfg)
    for (const CFGElement& element : *block)
      if (std::optional<CFGStmt> s = element.getAs<CFGStmt>())
        if (const auto* reference = dyn_cast<DeclRefExpr>(s->getStmt()))
          if (!quiet_.contains(reference)) escaped_.insert(reference->getDecl());
  make_flow(cfg);
  for (const CFGBlock* block : cfg) {
    block_ = block_name(block->getBlockID());
    for (const CFGElement& element : *block) {
      if (std::optional<CFGStmt> s = element.getAs<CFGStmt>())
        visit(s->getStmt());
      else
        visit_destructor(element);
    }
  }
}

void ClangBody::note_uses(const Stmt* statement) {
  auto quiet = [&](const Expr* e) { quiet_.insert(e->IgnoreParens()); };
  if (const auto* call = dyn_cast<CallExpr>(statement)) {
    for (const DeclRefExpr* callee : called_references(call->getCallee())) callees_.insert(callee);
  } else if (const auto* cast = dyn_cast<ImplicitCastExpr>(statement);
             cast && cast->getCastKind() == CK_LValueToRValue) {
    quiet(cast->getSubExpr());
  } else if (const auto* binary = dyn_cast<BinaryOperator>(statement);
             binary && binary->isAssignmentOp()) {
    quiet(binary->getLHS());
  } else if (const auto* unary = dyn_cast<UnaryOperator>(statement);
             unary && unary->isIncrementDecrementOp()) {
    quiet(unary->getSubExpr());
  }
}

// ---- statements
// -------------------------------------------------------------------------------------------

void ClangBody::visit(const Stmt* statement) {
  if (const auto* call = dyn_cast<CallExpr>(statement)) return visit_call(call);
  if (const auto* reference = dyn_cast<DeclRefExpr>(statement)) return visit_reference(reference);
  if (const auto* binary = dyn_cast<BinaryOperator>(statement)) return visit_binary(binary);
  if (const auto* unary = dyn_cast<UnaryOperator>(statement)) return visit_unary(unary);
  if (const auto* list = dyn_cast<InitListExpr>(statement)) return visit_list(list);
  if (const auto* declarations = dyn_cast<DeclStmt>(statement))
    return visit_declarations(declarations);
  if (const auto* result = dyn_cast<ReturnStmt>(statement)) {
    if (!result->getRetValue()) return;
    Value returned = value(result->getRetValue());
    if (is_function_pointer(result->getRetValue()->getType()) || holds_function(returned))
      add_store("return", result->getReturnLoc(), StoreHow::Assign, std::move(returned));
  } else if (isa<AsmStmt>(statement)) {
    facts_.specials.push_back(
        {owner_, names_.place(statement->getBeginLoc()), block_, SpecialKind::Assembly});
  } else if (const auto* construct = dyn_cast<CXXConstructExpr>(statement)) {
    std::vector<Value> arguments;
    for (const Expr* argument : construct->arguments()) arguments.push_back(value(argument));
    add_call(construct->getConstructor(), construct->getExprLoc(), CallHow::Direct, arguments,
             block_);
  } else if (const auto* made = dyn_cast<CXXNewExpr>(statement)) {
    if (made->getOperatorNew())
      add_call(made->getOperatorNew(), made->getExprLoc(), CallHow::Direct, {}, block_);
  } else if (const auto* gone = dyn_cast<CXXDeleteExpr>(statement)) {
    if (gone->getOperatorDelete())
      add_call(gone->getOperatorDelete(), gone->getExprLoc(), CallHow::Direct, {}, block_);
  } else if (const auto* lambda = dyn_cast<LambdaExpr>(statement)) {
    if (lambda->getCallOperator())
      add_call(lambda->getCallOperator(), lambda->getExprLoc(), CallHow::Created, {}, block_);
  } else if (const auto* argument = dyn_cast<CXXDefaultArgExpr>(statement)) {
    visit_tree(argument->getExpr());
  } else if (const auto* initialiser = dyn_cast<CXXDefaultInitExpr>(statement)) {
    visit_tree(initialiser->getExpr());
  }
}

void ClangBody::add_call(const FunctionDecl* callee, SourceLocation at, CallHow how,
                         std::vector<Value> arguments, std::string block) {
  facts_.calls.push_back({owner_, names_.place(at), std::move(block), names_.link_name(callee), how,
                          names_.macros(at), std::move(arguments)});
}

void ClangBody::visit_call(const CallExpr* call) {
  std::vector<Value> arguments;
  for (const Expr* argument : call->arguments()) arguments.push_back(value(argument));
  if (const auto* member = dyn_cast<CXXMemberCallExpr>(call)) {
    const CXXMethodDecl* method = member->getMethodDecl();
    const auto* named = dyn_cast<MemberExpr>(call->getCallee()->IgnoreParens());
    bool by_table = method && method->isVirtual() && named && !named->hasQualifier();
    if (by_table) {
      Value through{{Atom{AtomKind::Slot, "virtual:" + names_.link_name(method)}}};
      facts_.indirect_calls.push_back({owner_, names_.place(call->getExprLoc()), block_,
                                       names_.function_type(method->getType()), through,
                                       arguments});
      return;
    }
  }
  const Expr* callee = call->getCallee();
  std::vector<const DeclRefExpr*> references = called_references(callee);
  for (const DeclRefExpr* reference : references) {
    auto at = block_of_.find(reference);
    bool choice = references.size() > 1 && at != block_of_.end();
    add_call(cast<FunctionDecl>(reference->getDecl()), reference->getLocation(), CallHow::Direct,
             arguments, choice ? block_name(at->second) : block_);
  }
  if (!references.empty()) return;
  if (const FunctionDecl* direct = call->getDirectCallee())
    return add_call(direct, call->getExprLoc(), CallHow::Direct, std::move(arguments), block_);
  facts_.indirect_calls.push_back({owner_, names_.place(call->getExprLoc()), block_,
                                   names_.function_type(callee->getType()), value(callee),
                                   arguments});
}

void ClangBody::visit_reference(const DeclRefExpr* reference) {
  Atom target;
  if (const auto* function = dyn_cast<FunctionDecl>(reference->getDecl())) {
    if (callees_.contains(reference)) return;
    target = {AtomKind::Function, names_.link_name(function)};
  } else if (const auto* variable = dyn_cast<VarDecl>(reference->getDecl());
             variable && variable->hasGlobalStorage()) {
    target = {AtomKind::Slot, "global:" + names_.global(variable)};
  } else {
    return;
  }
  facts_.references.push_back({owner_, names_.place(reference->getLocation()), block_, target});
}

void ClangBody::add_store(std::string slot, SourceLocation at, StoreHow how, Value value) {
  facts_.stores.push_back(
      {owner_, names_.place(at), block_, std::move(slot), how, std::move(value)});
}

void ClangBody::visit_binary(const BinaryOperator* binary) {
  if (!binary->isAssignmentOp()) return;
  std::optional<std::string> to = slot(binary->getLHS());
  bool plain = binary->getOpcode() == BO_Assign;
  Value stored = plain ? value(binary->getRHS()) : Value{};
  bool function = is_function_pointer(binary->getLHS()->getType()) || holds_function(stored);
  if (!to && !function) return;
  if (to && !function && !outlives_function(*to)) return;
  add_store(to.value_or("?"), binary->getOperatorLoc(), plain ? StoreHow::Assign : StoreHow::Change,
            std::move(stored));
}

void ClangBody::visit_unary(const UnaryOperator* unary) {
  bool address = unary->getOpcode() == UO_AddrOf;
  if (!address && !unary->isIncrementDecrementOp()) return;
  std::optional<std::string> to = slot(unary->getSubExpr());
  if (!to) return;
  if (!outlives_function(*to) && !(address && is_function_pointer(unary->getSubExpr()->getType())))
    return;
  add_store(*to, unary->getOperatorLoc(), address ? StoreHow::Address : StoreHow::Change, Value{});
}

void ClangBody::visit_list(const InitListExpr* list) {
  if (!list->isSemanticForm() && list->getSemanticForm()) list = list->getSemanticForm();
  const RecordDecl* record = list->getType()->getAsRecordDecl();
  if (!record) {
    for (const Expr* item : list->inits())
      if (is_function_pointer(item->getType()) && !table_.empty())
        add_store("global:" + table_, item->getExprLoc(), StoreHow::Assign, value(item));
    return;
  }
  if (!table_.empty()) add_row(list, record);
  unsigned i = 0;
  for (const FieldDecl* field : record->fields()) {
    if (field->isUnnamedBitField()) continue;
    if (record->isUnion() && field != list->getInitializedFieldInUnion()) continue;
    if (i >= list->getNumInits()) break;
    const Expr* init = list->getInit(i++);
    if (init->getType()->isRecordType() || init->getType()->isArrayType()) continue;
    add_store("field:" + names_.field(field), init->getExprLoc(), StoreHow::Assign, value(init));
  }
}

void ClangBody::add_row(const InitListExpr* list, const RecordDecl* record) {
  RowFact row{table_, rows_++, names_.place(list->getBeginLoc()), {}};
  unsigned i = 0;
  for (const FieldDecl* field : record->fields()) {
    if (field->isUnnamedBitField() || record->isUnion()) continue;
    if (i >= list->getNumInits()) break;
    const Expr* init = list->getInit(i++);
    if (isa<ImplicitValueInitExpr>(init)) continue;
    row.cells.push_back(field->getNameAsString() + "=" + print(value(init)));
  }
  if (!row.cells.empty()) facts_.rows.push_back(std::move(row));
}

void ClangBody::visit_declarations(const DeclStmt* declarations) {
  for (const Decl* declaration : declarations->decls()) {
    const auto* variable = dyn_cast<VarDecl>(declaration);
    if (!variable || !variable->hasInit()) continue;
    if (variable->hasGlobalStorage()) {
      global(variable);
      continue;
    }
    if (isa<InitListExpr>(variable->getInit())) continue;
    Value stored = value(variable->getInit());
    if (is_function_pointer(variable->getType()) || holds_function(stored))
      if (std::optional<std::string> to = variable_slot(variable))
        add_store(*to, variable->getLocation(), StoreHow::Assign, std::move(stored));
  }
}

void ClangBody::visit_destructor(const CFGElement& element) {
  std::optional<CFGImplicitDtor> implicit = element.getAs<CFGImplicitDtor>();
  if (!implicit) return;
  const CXXDestructorDecl* destructor = implicit->getDestructorDecl(context_);
  if (!destructor) return;
  SourceLocation at = destructor->getLocation();
  if (std::optional<CFGAutomaticObjDtor> automatic = element.getAs<CFGAutomaticObjDtor>())
    at = automatic->getVarDecl()->getLocation();
  else if (std::optional<CFGTemporaryDtor> temporary = element.getAs<CFGTemporaryDtor>())
    at = temporary->getBindTemporaryExpr()->getExprLoc();
  else if (std::optional<CFGDeleteDtor> deleted = element.getAs<CFGDeleteDtor>())
    at = deleted->getDeleteExpr()->getExprLoc();
  add_call(destructor, at, CallHow::Destroyed, {}, block_);
}

}  // namespace bh
