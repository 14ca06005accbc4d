#include "analyzer/clang_body.h"

#include <clang/AST/Attr.h>
#include <clang/AST/ExprCXX.h>
#include <clang/AST/StmtCXX.h>
#include <fmt/format.h>

namespace bh {
namespace {

using namespace clang;

// The record that an argument hands over whole or by its address; null when it does not.
const RecordDecl* handed_record(const Expr* argument) {
  QualType type = argument->IgnoreParenCasts()->getType().getCanonicalType();
  if (const auto* pointer = type->getAs<PointerType>()) type = pointer->getPointeeType();
  return type->getAsRecordDecl();
}

// Whether the expression holds `sizeof` of the record.
bool has_size_of(const Expr* expression, const RecordDecl* record) {
  std::vector<const Stmt*> stack = {expression};
  while (!stack.empty()) {
    const Stmt* s = stack.back();
    stack.pop_back();
    if (!s) continue;
    if (const auto* size = dyn_cast<UnaryExprOrTypeTraitExpr>(s);
        size && size->getKind() == UETT_SizeOf &&
        size->getTypeOfArgument().getCanonicalType()->getAsRecordDecl() == record)
      return true;
    stack.insert(stack.end(), s->child_begin(), s->child_end());
  }
  return false;
}

std::vector<std::string> attributes_of(const FunctionDecl* function, bool generated) {
  std::vector<std::string> found;
  if (function->hasAttr<ConstructorAttr>()) found.emplace_back("constructor");
  if (function->hasAttr<DestructorAttr>()) found.emplace_back("destructor");
  if (generated) found.emplace_back("generated");
  if (!function->isExternallyVisible()) found.emplace_back("internal");
  if (function->isNoReturn()) found.emplace_back("noreturn");
  return found;
}

std::vector<std::string> attributes_of(const VarDecl* variable) {
  std::vector<std::string> found;
  if (variable->getType().isConstQualified() ||
      variable->getASTContext().getBaseElementType(variable->getType()).isConstQualified())
    found.emplace_back("const");
  bool value = variable->getInit() && variable->getInit()->isValueDependent();
  if (variable->getInit() && !value && !variable->hasConstantInitialization())
    found.emplace_back("dynamic");
  if (!variable->isExternallyVisible()) found.emplace_back("internal");
  if (variable->getTLSKind() != VarDecl::TLS_None) found.emplace_back("thread");
  return found;
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
  generated_ = function->isDefaulted() || names_.is_system(function->getLocation());
  table_.clear();
  block_.clear();
  aliases_.clear();
  const auto* method = dyn_cast<CXXMethodDecl>(function);
  closure_ = method && method->getParent()->isLambda() ? names_.record(method->getParent()) : "";
  facts_.functions.push_back(
      {owner_, names_.link_name(function), names_.function_type(function->getType()),
       names_.place(function->getLocation()), names_.line(function->getBodyRBrace()),
       attributes_of(function, generated_)});
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
  facts_.globals.push_back({name, names_.type(variable->getType()),
                            names_.place(variable->getLocation()), attributes_of(variable)});
  const Expr* init = variable->getInit();
  if (!init) return;
  ClangBody inner(context_, preprocessor_, names_, facts_);
  inner.owner_ = "=" + name;
  inner.table_ = name;
  if (!init->getType()->isRecordType())
    inner.add_initial("global:" + name, variable->getType(), init, init->getExprLoc(), true);
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
  uses_.clear();
  passed_.clear();
  recorded_.clear();
  escaped_.clear();
  block_of_.clear();
  for (const CFGBlock* block : cfg)
    for (const CFGElement& element : *block)
      if (std::optional<CFGStmt> s = element.getAs<CFGStmt>()) {
        if (const auto* reference = dyn_cast<DeclRefExpr>(s->getStmt());
            reference && isa<FunctionDecl>(reference->getDecl()))
          block_of_[reference] = block->getBlockID();
        note_uses(s->getStmt());
      }
  for (const CFGBlock* block : cfg)
    for (const CFGElement& element : *block)
      if (std::optional<CFGStmt> s = element.getAs<CFGStmt>())
        if (const auto* reference = dyn_cast<DeclRefExpr>(s->getStmt()))
          if (!uses_.contains(reference)) escaped_.insert(reference->getDecl());
  find_aliases(cfg);
  make_flow(cfg);
  const TestedValues::Constant constant = [&](const Expr* e) {
    return atom(e->IgnoreParenCasts());
  };
  TestedValues tested(cfg, context_, constant);
  for (const CFGBlock* block : cfg) {
    block_ = block_name(block->getBlockID());
    order_ = 0;
    visit_cases(*block);
    tested_ = &tested;
    tested.enter(*block);
    for (const CFGElement& element : *block) {
      if (std::optional<CFGStmt> s = element.getAs<CFGStmt>())
        visit(s->getStmt());
      else if (std::optional<CFGInitializer> initialiser = element.getAs<CFGInitializer>())
        visit_initialiser(*initialiser->getInitializer());
      else
        visit_destructor(element);
      tested.pass(element);
    }
    tested_ = nullptr;
  }
}

// What happens to the whole expression happens to the variable and the fields that it is a part of.
void ClangBody::note_use(const Expr* expression, UseHow how) {
  while (true) {
    const Expr* e = expression->IgnoreParens();
    if (const auto* cast = dyn_cast<ImplicitCastExpr>(e);
        cast && (cast->getCastKind() == CK_ArrayToPointerDecay || cast->getCastKind() == CK_NoOp))
      expression = cast->getSubExpr();
    else if (const auto* element = dyn_cast<ArraySubscriptExpr>(e))
      expression = element->getBase();
    else if (const auto* member = dyn_cast<MemberExpr>(e)) {
      uses_.try_emplace(member, how);
      if (member->isArrow()) return;
      expression = member->getBase();
    } else {
      if (isa<DeclRefExpr>(e)) uses_.try_emplace(e, how);
      return;
    }
  }
}

void ClangBody::note_passed(const Expr* expression) {
  const auto* reference = dyn_cast<DeclRefExpr>(unwrapped(expression));
  if (reference && isa<VarDecl>(reference->getDecl())) passed_.insert(reference->getDecl());
}

void ClangBody::note_uses(const Stmt* statement) {
  if (const auto* call = dyn_cast<CallExpr>(statement)) {
    for (const DeclRefExpr* callee : called_references(call->getCallee())) callees_.insert(callee);
    for (const Expr* argument : call->arguments()) note_passed(argument);
  } else if (const auto* result = dyn_cast<ReturnStmt>(statement)) {
    if (result->getRetValue()) note_passed(result->getRetValue());
  } else if (const auto* cast = dyn_cast<ImplicitCastExpr>(statement);
             cast && cast->getCastKind() == CK_LValueToRValue) {
    note_use(cast->getSubExpr(), UseHow::Read);
  } else if (const auto* binary = dyn_cast<BinaryOperator>(statement);
             binary && binary->isAssignmentOp()) {
    note_use(binary->getLHS(), binary->getOpcode() == BO_Assign ? UseHow::Write : UseHow::Change);
  } else if (const auto* unary = dyn_cast<UnaryOperator>(statement);
             unary && unary->isIncrementDecrementOp()) {
    note_use(unary->getSubExpr(), UseHow::Change);
  } else if (const auto* lambda = dyn_cast<LambdaExpr>(statement)) {
    for (const LambdaCapture& capture : lambda->captures())
      if (capture.capturesVariable()) passed_.insert(capture.getCapturedVar());
  }
}

// ---- statements
// -------------------------------------------------------------------------------------------

void ClangBody::visit(const Stmt* statement) {
  if (const auto* call = dyn_cast<CallExpr>(statement)) return visit_call(call);
  if (const auto* reference = dyn_cast<DeclRefExpr>(statement)) return visit_reference(reference);
  if (const auto* member = dyn_cast<MemberExpr>(statement)) return visit_member(member);
  if (const auto* binary = dyn_cast<BinaryOperator>(statement)) return visit_binary(binary);
  if (const auto* unary = dyn_cast<UnaryOperator>(statement)) return visit_unary(unary);
  if (const auto* list = dyn_cast<InitListExpr>(statement)) return visit_list(list);
  if (const auto* list = dyn_cast<CXXParenListInitExpr>(statement))
    return visit_elements(list->getType(), list->getInitExprs(), list->getInitializedFieldInUnion(),
                          list->getBeginLoc());
  if (const auto* declarations = dyn_cast<DeclStmt>(statement))
    return visit_declarations(declarations);
  if (const auto* result = dyn_cast<ReturnStmt>(statement)) {
    if (!result->getRetValue()) return;
    Value returned = value(result->getRetValue());
    if (is_function_pointer(result->getRetValue()->getType()) || holds_function(returned) ||
        is_whole_number(result->getRetValue()->getType()))
      add_store("return", result->getReturnLoc(), StoreHow::Assign, std::move(returned));
  } else if (isa<AsmStmt>(statement)) {
    facts_.specials.push_back(
        {owner_, names_.place(statement->getBeginLoc()), block_, SpecialKind::Assembly});
  } else if (const auto* construct = dyn_cast<CXXConstructExpr>(statement)) {
    std::vector<Value> arguments;
    for (const Expr* argument : construct->arguments()) arguments.push_back(value(argument));
    add_call(construct->getConstructor(), construct->getExprLoc(), CallHow::Direct, arguments,
             block_);
  } else if (const auto* inherited = dyn_cast<CXXInheritedCtorInitExpr>(statement)) {
    visit_inherited(inherited);
  } else if (const auto* made = dyn_cast<CXXNewExpr>(statement)) {
    if (made->getOperatorNew())
      add_call(made->getOperatorNew(), made->getExprLoc(), CallHow::Direct, {}, block_);
  } else if (const auto* gone = dyn_cast<CXXDeleteExpr>(statement)) {
    if (gone->getOperatorDelete())
      add_call(gone->getOperatorDelete(), gone->getExprLoc(), CallHow::Direct, {}, block_);
  } else if (const auto* lambda = dyn_cast<LambdaExpr>(statement)) {
    if (lambda->getCallOperator())
      add_call(lambda->getCallOperator(), lambda->getExprLoc(), CallHow::Created, {}, block_);
    visit_captures(lambda);
  } else if (const auto* argument = dyn_cast<CXXDefaultArgExpr>(statement)) {
    visit_tree(argument->getExpr());
  } else if (const auto* initialiser = dyn_cast<CXXDefaultInitExpr>(statement)) {
    visit_tree(initialiser->getExpr());
  }
}

// Whether the callee is written code of the program, or generated code that has a body.
bool ClangBody::leads_on(const FunctionDecl* callee) {
  const bool system = names_.is_system(callee->getLocation());
  if (!system && !callee->isDefaulted()) return true;
  return callee->isDefined() && (!system || names_.serves_program(callee));
}

void ClangBody::add_call(const FunctionDecl* callee, SourceLocation at, CallHow how,
                         std::vector<Value> arguments, std::string block) {
  if (generated_ && !leads_on(callee)) return;
  facts_.calls.push_back({owner_, names_.place(at), std::move(block), order_++,
                          names_.link_name(callee), how, names_.macros(at), std::move(arguments)});
}

void ClangBody::add_indirect(const CallExpr* call, const Value& through, QualType type,
                             const std::vector<Value>& arguments) {
  facts_.indirect_calls.push_back({owner_, names_.place(call->getExprLoc()), block_, order_++,
                                   names_.function_type(type), through, arguments});
  add_passes(call, "");
}

// Records that go to the callee as a value or as an address and their size.
void ClangBody::add_passes(const CallExpr* call, const std::string& callee) {
  if (generated_) return;
  for (unsigned i = 0; i < call->getNumArgs(); ++i) {
    const Expr* argument = call->getArg(i);
    const RecordDecl* record = handed_record(argument);
    if (!record || record->hasAttr<TransparentUnionAttr>()) continue;
    bool whole = !argument->IgnoreParenCasts()->getType()->isPointerType() &&
                 !argument->isGLValue() && !context_.getLangOpts().CPlusPlus;
    for (unsigned other = 0; other < call->getNumArgs() && !whole; ++other)
      whole = other != i && has_size_of(call->getArg(other), record);
    if (!whole) continue;
    add_record(record);
    facts_.passes.push_back(
        {owner_, names_.place(argument->getExprLoc()), block_, callee, i, names_.record(record)});
  }
}

// Its fields, and those of the records in it.
void ClangBody::add_record(const RecordDecl* outermost) {
  std::vector<const RecordDecl*> open = {outermost};
  while (!open.empty()) {
    const RecordDecl* record = open.back()->getDefinition();
    open.pop_back();
    if (!record || !names_.first_sight(record)) continue;
    for (const FieldDecl* field : record->fields()) {
      QualType type = context_.getBaseElementType(field->getType()).getCanonicalType();
      const RecordDecl* inner = type->getAsRecordDecl();
      std::string holds;
      if (type->isPointerType() || type->isReferenceType() || type->isMemberPointerType())
        holds = "pointer";
      else if (inner)
        holds = "record:" + names_.record(inner);
      facts_.records.push_back({names_.record(record), field->getFieldIndex(),
                                field->getNameAsString(), names_.type(field->getType()), holds});
      if (inner) open.push_back(inner);
    }
  }
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
      return add_indirect(call, through, method->getType(), arguments);
    }
  }
  const Expr* callee = call->getCallee();
  std::vector<const DeclRefExpr*> references = called_references(callee);
  for (const DeclRefExpr* reference : references) {
    auto at = block_of_.find(reference);
    bool choice = references.size() > 1 && at != block_of_.end();
    const auto* function = cast<FunctionDecl>(reference->getDecl());
    add_call(function, reference->getLocation(), CallHow::Direct, arguments,
             choice ? block_name(at->second) : block_);
    add_passes(call, names_.link_name(function));
  }
  if (!references.empty()) return;
  if (const FunctionDecl* direct = call->getDirectCallee()) {
    add_call(direct, call->getExprLoc(), CallHow::Direct, std::move(arguments), block_);
    return add_passes(call, names_.link_name(direct));
  }
  if (const auto* member = dyn_cast<BinaryOperator>(callee->IgnoreParens());
      member && member->isPtrMemOp()) {
    const auto* pointer = member->getRHS()->getType()->castAs<MemberPointerType>();
    return add_indirect(call, value(member->getRHS()), pointer->getPointeeType(), arguments);
  }
  add_indirect(call, value(callee), callee->getType(), arguments);
}

// Constants of the cases of a switch that the block ends with.
void ClangBody::visit_cases(const CFGBlock& block) {
  const auto* choice = dyn_cast_or_null<SwitchStmt>(block.getTerminatorStmt());
  if (!choice) return;
  Value on = value(choice->getCond());
  for (const CFGBlock::AdjacentBlock& next : block.succs()) {
    const CFGBlock* to = next.getReachableBlock();
    const auto* label = to ? dyn_cast_or_null<CaseStmt>(to->getLabel()) : nullptr;
    if (label)
      facts_.cases.push_back({owner_, names_.place(label->getCaseLoc()),
                              block_name(to->getBlockID()), on, value(label->getLHS())});
  }
}

void ClangBody::add_reference(SourceLocation at, UseHow how, Atom target) {
  if (generated_ && target.kind != AtomKind::Function) return;
  std::string key = fmt::format("{}\n{}\n{}", block_, static_cast<int>(how), target.text);
  if (!recorded_.insert(std::move(key)).second) return;
  facts_.references.push_back({owner_, names_.place(at), block_, how, std::move(target)});
}

void ClangBody::visit_member(const MemberExpr* member) {
  const auto* field = dyn_cast<FieldDecl>(member->getMemberDecl());
  if (!field) return;
  auto use = uses_.find(member);
  UseHow how = use == uses_.end() ? UseHow::Address : use->second;
  if (how == UseHow::Read || how == UseHow::Address)
    add_reference(member->getMemberLoc(), how, {AtomKind::Slot, "field:" + names_.field(field)});
}

void ClangBody::visit_reference(const DeclRefExpr* reference) {
  if (const auto* function = dyn_cast<FunctionDecl>(reference->getDecl())) {
    if (!callees_.contains(reference))
      add_reference(reference->getLocation(), UseHow::Name,
                    {AtomKind::Function, names_.link_name(function)});
  } else if (const auto* variable = dyn_cast<VarDecl>(reference->getDecl());
             variable && variable->hasGlobalStorage()) {
    auto use = uses_.find(reference);
    add_reference(reference->getLocation(), use == uses_.end() ? UseHow::Address : use->second,
                  {AtomKind::Slot, "global:" + names_.global(variable)});
  }
}

// Whether a store that holds no function is of interest.
bool ClangBody::is_followed(const Expr* assigned, const std::string& slot,
                            const Value& stored) const {
  if (outlives_function(slot)) return true;
  const auto* reference = dyn_cast<DeclRefExpr>(assigned->IgnoreParenCasts());
  if (!reference) return false;
  const ValueDecl* variable = reference->getDecl();
  const bool passed = passed_.contains(variable);
  if (isa<ParmVarDecl>(variable) && variable->getType()->isPointerType()) return passed;
  return aliases_.contains(variable) ||
         (is_whole_number(reference->getType()) && (passed || holds_result(stored)));
}

void ClangBody::add_store(std::string slot, SourceLocation at, StoreHow how, Value value) {
  facts_.stores.push_back(
      {owner_, names_.place(at), block_, std::move(slot), how, std::move(value)});
}

void ClangBody::visit_binary(const BinaryOperator* binary) {
  if (!binary->isAssignmentOp()) return;
  std::optional<std::string> to = slot(binary->getLHS());
  StoreHow how = binary->getOpcode() == BO_Assign ? StoreHow::Assign : StoreHow::Change;
  Value stored = how == StoreHow::Assign ? value(binary->getRHS()) : Value{};
  const bool flags = binary->getOpcode() == BO_OrAssign || binary->getOpcode() == BO_AndAssign;
  if (std::optional<Atom> constant = flags ? bits(binary->getRHS()) : std::nullopt) {
    how = binary->getOpcode() == BO_OrAssign ? StoreHow::Set : StoreHow::Keep;
    stored.alternatives = {*constant};
  }
  bool function = is_function_pointer(binary->getLHS()->getType()) || holds_function(stored);
  if (!to && !function) return;
  if (to && !function && !is_followed(binary->getLHS(), *to, stored)) return;
  add_store(to.value_or("?"), binary->getOperatorLoc(), how, std::move(stored));
}

void ClangBody::visit_unary(const UnaryOperator* unary) {
  bool address = unary->getOpcode() == UO_AddrOf;
  if (!address && !unary->isIncrementDecrementOp()) return;
  std::optional<std::string> to = slot(unary->getSubExpr());
  if (!to) return;
  bool pointer = address && is_function_pointer(unary->getSubExpr()->getType());
  if (!pointer && !is_followed(unary->getSubExpr(), *to, Value{})) return;
  add_store(*to, unary->getOperatorLoc(), address ? StoreHow::Address : StoreHow::Change, Value{});
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
  bool by_table = destructor->isVirtual() && element.getAs<CFGDeleteDtor>();
  if (!by_table) return add_call(destructor, at, CallHow::Destroyed, {}, block_);
  Value through{{Atom{AtomKind::Slot, "virtual:" + names_.link_name(destructor)}}};
  facts_.indirect_calls.push_back({owner_,
                                   names_.place(at),
                                   block_,
                                   order_++,
                                   names_.function_type(destructor->getType()),
                                   through,
                                   {}});
}

}  // namespace bh
